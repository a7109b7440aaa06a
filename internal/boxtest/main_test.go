package boxtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { os.Exit(Main(m, func() {})) }

// finds checks that something left behind is reported while it is there, and no longer when it is gone.
func finds(t *testing.T, what string, leave, clear func()) {
	t.Helper()
	before := Look()
	leave()
	if left := before.now(); len(left) != 1 || !strings.HasPrefix(left[0], what) {
		t.Errorf("left: %q, want one %s", left, what)
	}
	clear()
	if left := before.Left(); len(left) != 0 {
		t.Errorf("left after it is gone: %q", left)
	}
}

func TestFindsDescriptor(t *testing.T) {
	var f *os.File
	finds(t, "descriptor /dev/null", func() { f, _ = os.Open("/dev/null") }, func() { f.Close() })
}

func TestFindsTemporaryFile(t *testing.T) {
	var dir string
	finds(t, "temporary file", func() { dir, _ = PublicDir() }, func() { os.Remove(dir) })
}

func TestFindsProcess(t *testing.T) {
	finds(t, "process", func() {
		if _, err := syscall.ForkExec("/bin/sleep", []string{"sleep", "100"}, nil); err != nil {
			t.Fatal(err)
		}
	}, KillOrphans)
}

// A daemon whose parents are dead is still found: we are the ones it is left to.
func TestFindsOrphan(t *testing.T) {
	AdoptOrphans(t)
	finds(t, "process", func() {
		if err := exec.Command("sh", "-c", "sleep 100 & exit 0").Run(); err != nil {
			t.Fatal(err)
		}
	}, KillOrphans)
}

func TestFindsMount(t *testing.T) {
	RequireRoot(t, "to mount something")
	dir := TempDir(t)
	finds(t, "mount", func() {
		if err := unix.Mount("none", dir, "tmpfs", 0, ""); err != nil {
			t.Fatal(err)
		}
	}, func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
}

func TestFindsGroup(t *testing.T) {
	RequireCgroup(t, Memory|Pids)
	l := Layout()
	parent := l.V2
	if parent == "" {
		parent = l.V1.Pids
	}
	dir := filepath.Join(parent, groupPrefix+TempPrefix()[len("boxtest-"):]+"x")
	finds(t, "cgroup", func() {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}, func() { os.Remove(dir) })
}

func TestFindsRecord(t *testing.T) {
	dir := filepath.Join(recordDir(), NamePrefix()+"x")
	finds(t, "record", func() {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}, func() { os.Remove(dir) })
}

// What was there before is nobody's fault, and two alike are two.
func TestCountsEachOnce(t *testing.T) {
	one, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	var two *os.File
	finds(t, "descriptor /dev/null", func() { two, _ = os.Open("/dev/null") }, func() { two.Close() })
}

func TestMust(t *testing.T) {
	t.Setenv("BULKHEAD_MUST", "root, cgroup")
	for feature, want := range map[string]bool{"root": true, "cgroup": true, "cgroup2": false, "": false} {
		if Must(feature) != want {
			t.Errorf("Must(%q) is %v", feature, !want)
		}
	}
}

// recorder is a test whose end is looked at.
type recorder struct {
	testing.TB
	skipped, failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Skipf(string, ...any)  { r.skipped = true }
func (r *recorder) Fatalf(string, ...any) { r.failed = true }

func TestRequire(t *testing.T) {
	t.Setenv("BULKHEAD_MUST", "demanded")
	for _, c := range []struct {
		feature         string
		have            bool
		skipped, failed bool
	}{{"demanded", true, false, false}, {"demanded", false, false, true}, {"other", false, true, false}, {"other", true, false, false}} {
		var r recorder
		if Require(&r, c.feature, c.have, "a test"); r.skipped != c.skipped || r.failed != c.failed {
			t.Errorf("%+v: skipped %v, failed %v", c, r.skipped, r.failed)
		}
	}
}

func TestUsernsIsProbedByTrying(t *testing.T) {
	cmd := exec.Command("true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	if want := cmd.Run() == nil; (usernsError() == nil) != want {
		t.Errorf("a user namespace can be made: %v; the probe says %v", want, usernsError())
	}
}
