package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// TestArchiveIsWhatCpioReads lets another implementation unpack our archive.
func TestArchiveIsWhatCpioReads(t *testing.T) {
	cpio, err := exec.LookPath("cpio")
	if err != nil {
		cpio, err = exec.LookPath("busybox")
	}
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("BULKHEAD_MUST"), ","), "cpio") {
			t.Fatal("cpio is not installed, and BULKHEAD_MUST demands it")
		}
		t.Skip("needs cpio or busybox: neither is installed")
	}
	im := newImage()
	im.file("a/b/c.txt", 0o640, "hello\n")
	im.file("empty", 0o600, "")
	im.put("link", entry{modeLink | 0o777, []byte("a/b")})
	data, err := im.bytes()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := []string{"-idm", "--quiet"}
	if filepath.Base(cpio) == "busybox" {
		args = []string{"cpio", "-idm"}
	}
	cmd := exec.Command(cpio, args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(data)
	if out, err := cmd.CombinedOutput(); err != nil && os.Getuid() == 0 { // only root may make the console's node
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(dir + "/link/c.txt")
	if err != nil || string(text) != "hello\n" {
		t.Errorf("a/b/c.txt through the link reads %q (%v)", text, err)
	}
	if info, err := os.Stat(dir + "/a/b/c.txt"); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode of a/b/c.txt: %v (%v), want 0640", info, err)
	}
	if info, err := os.Stat(dir + "/empty"); err != nil || info.Size() != 0 {
		t.Errorf("empty: %v (%v)", info, err)
	}
}

// TestArchiveBytes holds one entry against the format's description, for hosts without cpio.
func TestArchiveBytes(t *testing.T) {
	var out bytes.Buffer
	a := &archive{w: &out}
	a.add("ab", modeFile|0o644, []byte("xyz"))
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	want := "070701" + "00000001" + "000081A4" + strings.Repeat("00000000", 2) + "00000001" + "00000000" + "00000003" +
		strings.Repeat("00000000", 4) + "00000003" + "00000000" + "ab\x00" + "\x00\x00\x00" + "xyz" + "\x00"
	if got := out.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, "TRAILER!!!\x00") || len(got)%4 != 0 {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
}

func TestImageLinksTheOldDirectoriesIntoUsr(t *testing.T) {
	for in, want := range map[string]string{"/bin/sh": "usr/bin/sh", "/lib/x86_64/libc.so": "usr/lib/x86_64/libc.so", "/lib64/ld.so": "usr/lib64/ld.so",
		"/usr/bin/env": "usr/bin/env", "/library/x": "library/x", "/etc/passwd": "etc/passwd"} {
		if got := usr(in); got != want {
			t.Errorf("usr(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAddBringsLibrariesAlong(t *testing.T) {
	im := newImage()
	if err := im.add("/bin/sh"); err != nil {
		t.Fatal(err)
	}
	has := func(part string) bool {
		return slices.ContainsFunc(im.order, func(name string) bool { return strings.Contains(name, part) })
	}
	if !has("/libc.so") || !has("/ld-linux") {
		t.Errorf("the shell came without its library or loader: %v", im.order)
	}
}

var testPlan = guest.Plan{
	Expect: guest.Facts{"kernel": "6.1", "landlock": "2"},
	Jobs:   []guest.Job{{Name: "a"}, {Name: "b"}},
}

const reported = `{"facts":{"kernel":"6.1","landlock":"2","further":"unasked"}}` + "\r\n"

func ended(job, exit int) string { return fmt.Sprintf(`{"ended":{"job":%d,"exit":%d}}`, job, exit) }

func TestVerdict(t *testing.T) {
	const done = `{"done":"all jobs ran"}`
	for _, c := range []struct {
		name, report string
		failed       int
		err          string
	}{
		{"all passed", reported + ended(0, 0) + ended(1, 0) + done, 0, ""},
		{"one failed", reported + ended(0, 1) + ended(1, 0) + done, 1, ""},
		{"went off early", reported + ended(0, 0), 0, "1 of 2 jobs"},
		{"cut inside a line", reported + ended(0, 0) + `{"end`, 0, "1 of 2 jobs"},
		{"said nothing", "", 0, "0 of 2 jobs"},
		{"told no facts", ended(0, 0) + ended(1, 0) + done, 0, "2 of 2 jobs"},
		{"could not be set up", `{"fail":"no disk"}`, 0, "no disk"},
		{"another kernel", strings.Replace(reported, `"6.1"`, `"6.2"`, 1) + done, 0, "kernel: 6.2, expected 6.1"},
		{"another Landlock", strings.Replace(reported, `:"2"`, `:"none"`, 1) + done, 0, "landlock: none, expected 2"},
	} {
		results, err := verdict(machine{name: "m"}, testPlan, strings.NewReader(c.report))
		failed := 0
		for _, r := range results {
			if r.failed() {
				failed++
			}
		}
		if failed != c.failed || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %d failed, error %v; want %d, %q", c.name, failed, err, c.failed, c.err)
		}
	}
}

// The table's sum is in the words that .ci/run counts, and what is broken is never passed over.
func TestTable(t *testing.T) {
	var out strings.Builder
	failed, broken := table(&out, []result{
		{machine: "m", job: "a, root", Ended: guest.Ended{Count: guest.Count{Passed: 3, Skipped: 1}}},
		{machine: "m", job: "b, user", Ended: guest.Ended{Exit: 1, Count: guest.Count{Passed: 4, Failed: 2}}},
		{machine: "n", job: "the machine itself", err: errors.New("no disk")},
	})
	if failed != 2 || broken != 1 || !strings.HasSuffix(out.String(), "\ntests: 7 passed, 2 failed, 1 skipped\n") {
		t.Errorf("%d failed, %d broken:\n%s", failed, broken, out.String())
	}
}

// Every row can be made: its kernel is known, its places too, and it runs something.
func TestMatrix(t *testing.T) {
	for _, m := range machines {
		if !slices.ContainsFunc(kernels, func(k kernel) bool { return k.name == m.kernel }) {
			t.Errorf("%s: unknown kernel %q", m.name, m.kernel)
		}
		if len(m.jobs) == 0 || m.expect["landlock"] == "" {
			t.Errorf("%s runs nothing, or nothing is expected of it", m.name)
		}
		for _, j := range m.jobs {
			for _, place := range j.places {
				if !slices.Contains(places, place) {
					t.Errorf("%s: %s in an unknown place %q", m.name, j.pkg, place)
				}
			}
		}
	}
}

// What is left out exists, and -long brings it back.
func TestSlowTestsExist(t *testing.T) {
	var text strings.Builder
	files, _ := filepath.Glob("../../sandbox/*_test.go")
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(content)
	}
	for _, name := range slow {
		if !strings.Contains(text.String(), "\nfunc "+name+"(t *testing.T) {") {
			t.Errorf("package sandbox has no %s", name)
		}
	}
	j := job{slow: []string{"TestA", "TestB"}}
	if got := (options{skip: "TestC"}).left(j); got != "TestC|^(TestA|TestB)$" {
		t.Errorf("left out: %q", got)
	}
	if got := (options{skip: "TestC", long: true}).left(j); got != "TestC" {
		t.Errorf("left out with -long: %q", got)
	}
}

func TestFirstDepend(t *testing.T) {
	control := "Package: linux-image-cloud-amd64\nDepends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)\nSuggests: x\n"
	if got := firstDepend(control); got != "linux-image-6.1.0-56-cloud-amd64" {
		t.Errorf("got %q", got)
	}
	if got := firstDepend("Package: x\n"); got != "" {
		t.Errorf("got %q from a package that depends on nothing", got)
	}
}

func TestUnknownNamesAreRefused(t *testing.T) {
	if _, err := findKernel("bookwurm"); err == nil || !strings.Contains(err.Error(), `"bookwurm"`) {
		t.Errorf("kernel: %v", err)
	}
	if _, err := choose("debian-6.1,debian-7"); err == nil || !strings.Contains(err.Error(), `"debian-7"; known are debian-6.1, `) {
		t.Errorf("machine: %v", err)
	}
	b := &builder{work: t.TempDir()}
	if _, err := b.jobs(newImage(), machine{}, job{pkg: ".", places: []string{"root", "rooot"}}); err == nil || !strings.Contains(err.Error(), `"rooot"`) {
		t.Errorf("place: %v", err)
	}
}

func TestProgramsOnTheCommandLine(t *testing.T) {
	jobs := jobsFrom([]string{"root"}, "One", []string{"./spec"}, []string{"./test/hostile say hello"})
	if len(jobs) != 2 || jobs[0].run != "One" || jobs[0].program || !jobs[1].program || !slices.Equal(jobs[1].args, []string{"say", "hello"}) {
		t.Errorf("got %+v", jobs)
	}
}

func TestLoginDemandsNoCgroup(t *testing.T) {
	const must = "cgroup,landlock,cgroup2"
	if got := mustIn(must, "login"); got != "landlock" {
		t.Errorf("in login: %q", got)
	}
	if got := mustIn(must, "root"); got != must {
		t.Errorf("in root: %q", got)
	}
}
