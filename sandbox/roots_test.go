package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// rooted makes "/" a copy of almost nothing: a directory with the hostile program.
func rooted(t testing.TB) string {
	t.Helper()
	dir := tree(t, map[string]string{"hostile/": "", "proc/": "", "dev/": "", "tmp/": "", "etc/": "", "home/user/": "", "deep/er/": "", "file": "x\n"})
	text, err := os.ReadFile(boxtest.Hostile(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "hostile/hostile"), text, 0o755); err != nil {
		t.Fatal(err)
	}
	return open(t, dir) // root's program is nobody there
}

func rootDir(dir string) change {
	return func(s *sandbox.Spec) { s.Root, s.Mounts = spec.Root{Kind: spec.RootDir, Dir: dir}, nil }
}

func TestRootIsReadOnly(t *testing.T) {
	for _, place := range []string{"/x", "/usr/x", "/etc/x", "/run/x", "/dev/x", "/home/x", "/bin/x"} {
		denied(t, nil, "EROFS|EACCES", "write", place)
	}
	for _, place := range []string{"/tmp/x", "/home/user/x", "/dev/shm/x", "/var/tmp/x"} {
		allowed(t, nil, "write", place)
	}
}

func TestRootOfDirectory(t *testing.T) {
	dir := rooted(t)
	unchanged(t, dir)
	view := rootDir(dir)
	denied(t, view, "EROFS", "write", "/x")
	denied(t, view, "EROFS", "append", "/file")
	denied(t, view, "ENOENT", "read", "/usr/bin/env")
	allowed(t, view, "read", "/file")
	allowed(t, view, "write", "/tmp/x")
	allowed(t, view, "list", "/proc/self")
	allowed(t, view, "read", "/dev/null")
}

func TestMissingRoot(t *testing.T) {
	e := run(t, rootDir("/no/such/root"), attack("exit", "0"))
	if e.Status != spec.SetupFailed || e.ExitCode != 125 || !strings.Contains(e.fault.Error(), "/no/such/root") {
		t.Errorf("got %v", e)
	}
	file := filepath.Join(tree(t, map[string]string{"file": "x"}), "file")
	if e := run(t, rootDir(file), attack("exit", "0")); e.Status != spec.SetupFailed || !strings.Contains(e.fault.Error(), file) {
		t.Errorf("a file as root: %v", e)
	}
}

func TestWritableRootOfDirectory(t *testing.T) {
	dir := rooted(t)
	view := func(s *sandbox.Spec) { rootDir(dir)(s); s.Root.Writable = true }
	allowed(t, view, "write", "/new")
	if _, err := os.Stat(filepath.Join(dir, "new")); err != nil {
		t.Error(err)
	}
	denied(t, view, "EPERM", "suid", "/another")
}

func TestEmptyRoot(t *testing.T) {
	view := func(s *sandbox.Spec) { s.Root.Kind = spec.RootEmpty }
	denied(t, view, "ENOENT", "read", "/usr/bin/env")
	allowed(t, view, "write", "/tmp/x")
	r := inspect(t, view)
	if len(r.Mounts) == 0 || !strings.HasPrefix(r.Mounts[0], "/ ") {
		t.Errorf("mounts: %v", r.Mounts)
	}
}

func TestThrowAwayOverlay(t *testing.T) {
	layer := func(s *sandbox.Spec) { s.Root.Overlay, s.Root.Writable = &spec.Overlay{}, true }
	allowed(t, layer, "write", "/usr/bulkhead-test")
	if _, err := os.Stat("/usr/bulkhead-test"); err == nil {
		t.Error("the host has the file")
	}
	denied(t, layer, "ENOENT", "read", "/usr/bulkhead-test")
}

func TestKeptOverlayOfRoot(t *testing.T) {
	dir, kept := rooted(t), boxtest.TempDir(t)
	unchanged(t, dir)
	layer := func(s *sandbox.Spec) {
		rootDir(dir)(s)
		s.Root.Overlay, s.Root.Writable = &spec.Overlay{Dir: kept}, true
	}
	allowed(t, layer, "write", "/tmp/kept")
	allowed(t, layer, "remove", "/file")
	allowed(t, layer, "read", "/tmp/kept")
	denied(t, layer, "ENOENT", "read", "/file")
	if _, err := os.Stat(filepath.Join(kept, "upper/tmp/kept")); err != nil {
		t.Error(err)
	}
}

func TestOverlayMounts(t *testing.T) {
	lower := open(t, tree(t, map[string]string{"file": "old\n", "dir/x": "x\n"}))
	unchanged(t, lower)
	m := spec.Mount{Type: spec.MountOverlay, Source: lower, Target: "/m"}
	script := "cat /m/file; echo new >/m/file && cat /m/file; rm -r /m/dir && ls /m"
	if boxtest.Root() || boxtest.TmpfsAttributes() {
		prints(t, "old\nnew\nfile\n", script, mounted(m))
		prints(t, "old\nnew\nfile\n", script, mounted(m))
	} else { // a directory below cannot be removed, only what is in it
		prints(t, "new\n", "echo new >/m/file; rm /m/dir/x; cat /m/file; ls /m/dir", mounted(m))
	}
	m.Upper = boxtest.TempDir(t)
	prints(t, "old\nnew\nfile\n", script, mounted(m))
	prints(t, "new\nfile\n", "cat /m/file; ls /m", mounted(m))
	if text, err := os.ReadFile(filepath.Join(m.Upper, "upper/file")); err != nil || string(text) != "new\n" {
		t.Errorf("kept: %q, %v", text, err)
	}
}

func TestOverlayIsCapped(t *testing.T) {
	m := spec.Mount{Type: spec.MountOverlay, Source: tree(t, map[string]string{"x": "x"}), Target: "/m", Size: 4 * spec.MiB}
	hits(t, run(t, mounted(m), attack("fill", "/m", "64")), spec.LimitDisk)
	layer := func(s *sandbox.Spec) {
		s.Root.Overlay, s.Root.Writable = &spec.Overlay{Size: 4 * spec.MiB, Inodes: 200}, true
	}
	hits(t, run(t, layer, attack("fill", "/usr", "64")), spec.LimitDisk)
	hits(t, run(t, layer, attack("inodes", "/usr", "1000")), spec.LimitDisk)
}

// There is no way back to the host's tree.
func TestOldRootIsGone(t *testing.T) {
	marker := filepath.Join(boxtest.TempDir(t), "marker")
	if err := os.WriteFile(marker, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{"", "/..", "/../..", "/proc/1/root", "/proc/self/root/..", "/proc/self/cwd/../../..", "/tmp/../..", "/dev/fd/../../../.."} {
		denied(t, nil, "ENOENT|EACCES|EPERM|ENOTDIR", "read", way+marker)
		denied(t, as(0, 0), "ENOENT|EACCES|EPERM|ENOTDIR", "read", way+marker)
	}
	for fd := range 40 {
		denied(t, nil, "ENOENT|ENOTDIR", "chdir", "/proc/self/fd/"+itoa(fd)+"/..")
	}
	prints(t, "", "cat /proc/self/mountinfo | grep -F -e "+filepath.Dir(filepath.Dir(marker))+"/ -e /oldroot -e ' /tmp/exp' | grep -v /hostile; true")
	r := inspect(t)
	if r.Root != "/" || r.Cwd != "/" {
		t.Errorf("root %q, cwd %q", r.Root, r.Cwd)
	}
	allowed(t, mounted(bind(filepath.Dir(marker), filepath.Dir(marker))), "read", marker)
}

// The first thing that a program sees is its own root, wherever the caller stood.
func TestWorkdir(t *testing.T) {
	for dir, want := range map[string]string{"/": "/", "/tmp": "/tmp", "/home/user": "/home/user", "": "/home/user", "/usr/lib": "/usr/lib"} {
		e := works(t, shell("echo $PWD; /bin/pwd; cd ..; cat etc/hostname 2>/dev/null | grep -v bulkhead; true"), func(s *sandbox.Spec) { s.Workdir = dir })
		if e.out != want+"\n"+want+"\n" {
			t.Errorf("workdir %q: %q", dir, e.out)
		}
	}
	for dir, errno := range map[string]string{"/no/such/dir": "ENOENT", "/etc/passwd": "ENOTDIR"} {
		e := run(t, command("pwd"), func(s *sandbox.Spec) { s.Workdir = dir })
		if e.Status != spec.SetupFailed || e.ExitCode != 125 || !strings.Contains(e.fault.Error(), dir) || e.Error.Errno != errno || e.Error.Hint == "" {
			t.Errorf("workdir %q: %v", dir, e)
		}
	}
}
