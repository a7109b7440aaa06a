package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// publicDir is an empty directory that everybody may write.
func publicDir(t testing.TB) string {
	t.Helper()
	dir := boxtest.TempDir(t)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// keptAt is an overlay at /m whose changes are kept.
func keptAt(t testing.TB, kept string) change {
	t.Helper()
	return mounted(spec.Mount{Type: spec.MountOverlay, Source: publicDir(t), Target: "/m", Upper: kept})
}

func empty(t testing.TB, dir string) {
	t.Helper()
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Errorf("%s holds %v: %v", dir, list, err)
	}
}

// A link in the place of a directory of the layer is not followed.
func TestLinksInAKeptLayer(t *testing.T) {
	for _, name := range []string{"kept", "kept/upper", "kept/work"} {
		dir, victim := publicDir(t), publicDir(t)
		link := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(link), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(victim, link); err != nil {
			t.Fatal(err)
		}
		e := run(t, keptAt(t, filepath.Join(dir, "kept")), shell("echo evil >/m/evil"))
		if e.Status != spec.SetupFailed || !strings.Contains(e.Error.Hint, "symbolic link") {
			t.Errorf("%s: %v", name, e)
		}
		empty(t, victim)
	}
	dir, victim := publicDir(t), publicDir(t)
	if err := os.Symlink(victim, filepath.Join(dir, "usr")); err != nil {
		t.Fatal(err)
	}
	if e := run(t, func(s *sandbox.Spec) { s.Root.Overlay = &spec.Overlay{Dir: dir} }, command("true")); e.Status != spec.SetupFailed {
		t.Errorf("%v", e)
	}
	empty(t, victim)
}

// A link above the directory that was named is the caller's own business.
func TestLinkAboveAKeptLayer(t *testing.T) {
	dir := publicDir(t)
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	for _, err := range []error{os.Mkdir(real, 0o777), os.Symlink("real", link), os.Chmod(real, 0o777)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	works(t, keptAt(t, filepath.Join(link, "kept")), shell("echo x >/m/x"))
	contains(t, filepath.Join(real, "kept/upper/x"), "x\n")
}

// However a link and the directory change places meanwhile, nothing is written where the link leads.
func TestRaceForAKeptLayer(t *testing.T) {
	for _, name := range []string{"upper", "work", "."} {
		dir, victim := publicDir(t), publicDir(t)
		kept, other := filepath.Join(dir, "kept"), filepath.Join(dir, "other")
		works(t, keptAt(t, kept), shell("echo x >/m/x"))
		if err := os.Symlink(victim, other); err != nil {
			t.Fatal(err)
		}
		stop := meanwhile(t, func() {
			_ = unix.Renameat2(unix.AT_FDCWD, filepath.Join(kept, name), unix.AT_FDCWD, other, unix.RENAME_EXCHANGE)
			time.Sleep(20 * time.Microsecond)
		})
		through := map[bool]int{}
		for range 40 {
			e := run(t, keptAt(t, kept), shell("echo evil >/m/evil"))
			through[e.Status == spec.Exited && e.ExitCode == 0]++
			empty(t, victim)
		}
		stop()
		t.Logf("%s: the layer was used %d times of 40", name, through[true])
	}
}
