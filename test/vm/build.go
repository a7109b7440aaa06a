package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// places are what -in can name; package init makes them.
var places = []string{"root", "top", "service", "container", "user", "login"}

// wantedModules are loaded in every machine: overlay mounts, swap space and a disk, network pairs.
var wantedModules = []string{"overlay", "lzo-rle", "zram", "veth"}

// furniture is the programs that every machine has.
var furniture = map[string]string{"init": "./test/vm/init", "opt/hostile": "./test/hostile", "opt/bulkhead": "./cmd/bulkhead"}

// builder makes machines; what it compiles serves them all.
type builder struct {
	o        options
	work     string
	compiled map[string]bool
}

// image puts together everything that a machine needs, with its plan.
func (b *builder) image(m machine, k kernel) (*image, guest.Plan, error) {
	im := newImage()
	plan := guest.Plan{Expect: maps.Clone(m.expect), Sysctls: m.sysctls, Swap: true, Users: b.o.systemd, Verbose: b.o.verbose}
	plan.Expect["kernel"] = k.release
	var err error
	if plan.Modules, err = k.modules(im, wantedModules...); err != nil {
		return nil, plan, err
	}
	for name, pkg := range furniture {
		err = errors.Join(err, b.program(im, name, "build", pkg))
	}
	err = errors.Join(err, im.busybox())
	for _, j := range b.o.jobsOf(m) {
		if j.long && !b.o.long {
			say(m.name, "left out, being slow on an emulated processor (-long runs it): "+j.pkg+" in "+strings.Join(j.places, ", "))
			continue
		}
		jobs, jobErr := b.jobs(im, m, j)
		plan.Jobs = append(plan.Jobs, jobs...)
		err = errors.Join(err, jobErr)
	}
	if b.o.systemd {
		err = errors.Join(err, im.systemd())
	}
	for _, file := range b.o.add {
		err = errors.Join(err, im.add(file))
	}
	return im, plan, errors.Join(err, im.plan(plan))
}

// program builds a static Go program, unless it has, and puts it in at name.
func (b *builder) program(im *image, name, verb string, args ...string) error {
	out := filepath.Join(b.work, strings.ReplaceAll(name, "/", "_"))
	if !b.compiled[out] {
		line := append([]string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "go", verb, "-o", out, "-trimpath", "-ldflags=-s -w"}, args...)
		if err := command("", "env", line...); err != nil {
			return err
		}
		b.compiled[out] = true
	}
	return im.copy(name, out, 0o755)
}

// jobs puts in what a job runs, and returns it as the machine's init knows it, once for each place.
func (b *builder) jobs(im *image, m machine, j job) ([]guest.Job, error) {
	for _, place := range j.places {
		if !slices.Contains(places, place) {
			return nil, fmt.Errorf("unknown place %q; known are %s", place, strings.Join(places, ", "))
		}
	}
	listed, err := output("", "go", "list", "-f", "{{.ImportPath}} {{.Dir}}", j.pkg)
	if err != nil {
		return nil, err
	}
	var jobs []guest.Job
	for line := range strings.Lines(listed) {
		pkg, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !b.o.long && len(j.slow) > 0 {
			say(m.name, fmt.Sprintf("left out of %s, being slow on an emulated processor (-long runs them): %s", j.pkg, strings.Join(j.slow, ", ")))
		}
		one, err := b.job(im, j, pkg, dir)
		if err != nil {
			return nil, err
		}
		for _, place := range j.places {
			one.Place, one.Env = place, []string{"BULKHEAD_MUST=" + mustIn(b.o.mustOf(m), place), "BULKHEAD_VM=" + place,
				"BULKHEAD_MACHINE=" + m.name, "BULKHEAD_HOSTILE=/opt/hostile", "BULKHEAD_BIN=/opt"}
			jobs = append(jobs, one)
		}
	}
	return jobs, nil
}

// job is one package's, without a place.
func (b *builder) job(im *image, j job, pkg, dir string) (guest.Job, error) {
	file := strings.ReplaceAll(pkg, "/", "_")
	_, short, _ := strings.Cut(pkg, "bulkhead/bulkhead/")
	if j.program {
		return guest.Job{Name: strings.Join(append([]string{short}, j.args...), " "), Dir: "/tmp", Argv: append([]string{"/programs/" + file}, j.args...)},
			b.program(im, "programs/"+file, "build", pkg)
	}
	name := strings.TrimSpace(short + " " + j.run)
	return guest.Job{Name: name, Tests: true, Dir: "/src/" + pkg, Argv: testArgs(b.o, j, "/tests/"+file)},
		errors.Join(b.program(im, "tests/"+file, "test", "-c", pkg), im.testdata("src/"+pkg, dir))
}

// mustIn is the features that a place has to have: in a login session the tests see what is said where there are none.
func mustIn(must, place string) string {
	if place != "login" {
		return must
	}
	var rest []string
	for feature := range strings.SplitSeq(must, ",") {
		if !strings.HasPrefix(feature, "cgroup") {
			rest = append(rest, feature)
		}
	}
	return strings.Join(rest, ",")
}

func testArgs(o options, j job, binary string) []string {
	args := []string{binary, "-test.v", "-test.timeout=" + o.timeout.String()}
	if j.run != "" {
		args = append(args, "-test.run="+j.run)
	}
	if skip := o.left(j); skip != "" {
		args = append(args, "-test.skip="+skip)
	}
	if !o.long {
		args = append(args, "-test.short")
	}
	return args
}

// left is the tests that are left out, as an expression.
func (o options) left(j job) string {
	var parts []string
	if o.skip != "" {
		parts = append(parts, o.skip)
	}
	if !o.long && len(j.slow) > 0 {
		parts = append(parts, "^("+strings.Join(j.slow, "|")+")$")
	}
	return strings.Join(parts, "|")
}

// testdata puts a package's directory in, so that its tests find their files where they expect them.
func (im *image) testdata(name, dir string) error {
	im.dir(name)
	root := filepath.Join(dir, "testdata")
	if !exists(root) {
		return nil
	}
	return filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		below, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		return im.copy(path.Join(name, below), p, 0o644)
	})
}
