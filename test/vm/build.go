package main

import (
	"errors"
	"fmt"
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

// buildImage puts together everything that the machine needs.
func buildImage(o options, k kernel) (*image, guest.Plan, error) {
	im := newImage()
	plan := guest.Plan{Expect: k.expect(), Swap: true, Users: o.systemd}
	work, err := os.MkdirTemp("", "bulkhead-vm-")
	if err != nil {
		return nil, plan, err
	}
	defer os.RemoveAll(work)
	if plan.Modules, err = k.modules(im, wantedModules...); err != nil {
		return nil, plan, err
	}
	if err := im.program("init", work, "build", "./test/vm/init"); err != nil {
		return nil, plan, err
	}
	if err := im.program("opt/hostile", work, "build", "./test/hostile"); err != nil {
		return nil, plan, err
	}
	if err := im.busybox(); err != nil {
		return nil, plan, err
	}
	if plan.Jobs, err = im.tests(o, work); err != nil {
		return nil, plan, err
	}
	if o.systemd {
		err = im.systemd()
	}
	for _, file := range o.add {
		err = errors.Join(err, im.add(file))
	}
	return im, plan, errors.Join(err, im.plan(plan))
}

// program builds a static Go program and puts it in at name.
func (im *image) program(name, work string, goArgs ...string) error {
	out := filepath.Join(work, path.Base(name))
	args := append([]string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "go", goArgs[0], "-o", out, "-trimpath", "-ldflags=-s -w"}, goArgs[1:]...)
	if err := command("", "env", args...); err != nil {
		return err
	}
	return im.copy(name, out, 0o755)
}

// tests builds the packages' tests, puts them in with their testdata, and returns the jobs that run them.
func (im *image) tests(o options, work string) ([]guest.Job, error) {
	var jobs []guest.Job
	in := strings.Split(o.in, ",")
	for _, place := range in {
		if !slices.Contains(places, place) {
			return nil, fmt.Errorf("unknown place %q; known are %s", place, strings.Join(places, ", "))
		}
	}
	listed, err := output("", "go", append([]string{"list", "-f", "{{.ImportPath}} {{.Dir}}"}, o.packages...)...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(listed) {
		pkg, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		binary := "tests/" + strings.ReplaceAll(pkg, "/", "_")
		if err := im.program(binary, work, "test", "-c", pkg); err != nil {
			return nil, err
		}
		if err := im.testdata("src/"+pkg, dir); err != nil {
			return nil, err
		}
		for _, place := range in {
			jobs = append(jobs, guest.Job{Name: pkg + " in " + place, Place: place, Dir: "/src/" + pkg,
				Argv: testArgs(o, "/"+binary), Env: []string{"BULKHEAD_MUST=" + mustIn(o, place), "BULKHEAD_VM=" + place, "BULKHEAD_HOSTILE=/opt/hostile"}})
		}
	}
	return jobs, nil
}

// mustIn is the features that a place has to have: in a login session the tests see what is said where there are none.
func mustIn(o options, place string) string {
	if place != "login" {
		return o.must
	}
	var rest []string
	for feature := range strings.SplitSeq(o.must, ",") {
		if !strings.HasPrefix(feature, "cgroup") {
			rest = append(rest, feature)
		}
	}
	return strings.Join(rest, ",")
}

func testArgs(o options, binary string) []string {
	args := []string{binary, "-test.timeout=" + o.timeout.String()}
	if o.run != "" {
		args = append(args, "-test.run="+o.run)
	}
	if o.skip != "" {
		args = append(args, "-test.skip="+o.skip)
	}
	if !o.long {
		args = append(args, "-test.short")
	}
	if o.verbose {
		args = append(args, "-test.v")
	}
	return args
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

// systemd puts this host's service manager in, enough of it for "systemd --user".
func (im *image) systemd() error {
	for _, file := range []string{"/usr/lib/systemd/systemd", "/usr/lib/systemd/systemd-executor", "/usr/lib/systemd/user", "/usr/bin/systemctl"} {
		if strings.HasSuffix(file, "-executor") && !exists(file) {
			continue // since systemd 255
		}
		if err := im.add(file); err != nil {
			return fmt.Errorf("%w\nhint: apt-get install -y --no-install-recommends systemd", err)
		}
	}
	return nil
}

// busybox puts a shell and the small tools in, from the distribution's static busybox.
func (im *image) busybox() error {
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(cache, "busybox")
	program := filepath.Join(dir, "bin", "busybox")
	if !exists(program) {
		if err := unpack(cache, dir, nil, "busybox-static"); err != nil {
			return err
		}
	}
	applets, err := output("", program, "--list")
	if err != nil {
		return err
	}
	if err := im.copy("usr/bin/busybox", program, 0o755); err != nil {
		return err
	}
	for applet := range strings.FieldsSeq(applets) {
		im.put("usr/bin/"+applet, entry{modeLink | 0o777, []byte("busybox")})
	}
	return nil
}
