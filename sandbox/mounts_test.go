package sandbox_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// tree makes files below a new directory: a name that ends in / is a directory.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := boxtest.TempDir(t)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p := filepath.Join(dir, name)
		var err error
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(p, 0o755)
		} else if err = os.MkdirAll(filepath.Dir(p), 0o755); err == nil {
			err = os.WriteFile(p, []byte(files[name]), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// listing is every path below a directory with what it is, to compare before and after.
func listing(t testing.TB, dir string) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content := ""
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			content = string(text)
		}
		lines = append(lines, strings.TrimPrefix(p, dir)+" "+info.Mode().String()+" "+content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// unchanged checks at the end that a directory of the host is as it was.
func unchanged(t testing.TB, dir string) {
	t.Helper()
	before := listing(t, dir)
	t.Cleanup(func() {
		if after := listing(t, dir); after != before {
			t.Errorf("%s was\n%s\nand is now\n%s", dir, before, after)
		}
	})
}

// prints runs a script and compares its output.
func prints(t testing.TB, want, script string, changes ...change) {
	t.Helper()
	if e := works(t, append(changes, shell(script))...); e.out != want {
		t.Errorf("%s prints %q, want %q", script, e.out, want)
	}
}

// Mounts are made in the order written: the last one at a place is what shows.
func TestMountOrder(t *testing.T) {
	a, b := tree(t, map[string]string{"who": "a\n", "sub/": ""}), tree(t, map[string]string{"who": "b\n"})
	prints(t, "b\n", "cat /m/who", mounted(bind(a, "/m"), bind(b, "/m")))
	prints(t, "a\n", "cat /m/who", mounted(bind(b, "/m"), bind(a, "/m")))
	prints(t, "a\nb\n", "cat /m/who /m/sub/who", mounted(bind(a, "/m"), bind(b, "/m/sub")))
	e := run(t, mounted(bind(b, "/m/sub"), bind(a, "/m")), shell("cat /m/who; ls /m/sub"))
	if e.fault != nil || e.out != "a\n" {
		t.Errorf("the outer one on top of the inner one: %v", e)
	}
}

func TestBindIsReadOnlyByDefault(t *testing.T) {
	dir := tree(t, map[string]string{"file": "x", "sub/file": "y"})
	view := mounted(bind(dir, "/m"))
	for _, attempt := range [][]string{
		{"write", "/m/new"}, {"append", "/m/file"}, {"append", "/m/sub/file"}, {"mkdir", "/m/d"}, {"remove", "/m/file"},
		{"chmod", "/m/file", "777"}, {"rename", "/m/file", "/m/other"}, {"symlink", "x", "/m/link"},
	} {
		denied(t, view, "EROFS|EACCES", attempt...) // who may not write anyway is told that first
	}
	allowed(t, view, "read", "/m/file")
	unchanged(t, open(t, dir))
	denied(t, view, "EROFS", "append", "/m/file")
	denied(t, view, "EROFS", "write", "/m/sub/new")
}

// open lets everybody write to a tree.
func open(t testing.TB, dir string) string {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, _ os.DirEntry, err error) error {
		if err == nil {
			err = os.Chmod(p, 0o777)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestBindOptions(t *testing.T) {
	dir := tree(t, map[string]string{"script": "#!/bin/sh\necho ran\n"})
	if err := os.Chmod(filepath.Join(dir, "script"), 0o755); err != nil {
		t.Fatal(err)
	}
	prints(t, "ran\n", "/m/script", mounted(bind(dir, "/m")))
	m := bind(dir, "/m")
	m.NoExec = true
	denied(t, mounted(m), "EACCES", "exec", "/m/script")
	r := inspect(t, mounted(bindWritable(dir, "/m")))
	i := slices.IndexFunc(r.Mounts, func(line string) bool { return strings.HasPrefix(line, "/m ") })
	if i < 0 || !strings.Contains(r.Mounts[i], "rw,nosuid,nodev") {
		t.Errorf("mounts: %v", r.Mounts)
	}
}

func TestDeviceNodesInBinds(t *testing.T) {
	boxtest.RequireRoot(t, "only root can make device nodes")
	dir := boxtest.TempDir(t)
	if err := mknodNull(filepath.Join(dir, "null")); err != nil {
		t.Fatal(err)
	}
	m := bind(dir, "/m")
	denied(t, mounted(m), "EACCES", "read", "/m/null")
	m.Dev = true
	allowed(t, mounted(m), "read", "/m/null")
}

func TestBindOfFile(t *testing.T) {
	dir := tree(t, map[string]string{"file": "text\n"})
	unchanged(t, dir)
	prints(t, "text\n", "cat /a/b/c", mounted(bind(filepath.Join(dir, "file"), "/a/b/c")))
	prints(t, "text\n", "cat /etc/hostname", mounted(bind(filepath.Join(dir, "file"), "/etc/hostname")))
	prints(t, "text\n", "cat /tmp/x", mounted(bind(filepath.Join(dir, "file"), "/tmp/x")))
	w := bindWritable(filepath.Join(dir, "file"), "/f")
	prints(t, "text\n", "cat /f", mounted(w))
}

func TestMissingSource(t *testing.T) {
	gone := filepath.Join(boxtest.TempDir(t), "gone")
	e := run(t, mounted(bind(gone, "/m")), command("true"))
	if e.Status != spec.SetupFailed || e.ExitCode != 125 || !strings.Contains(e.fault.Error(), gone) || e.Error.Hint == "" || e.Error.Errno != "ENOENT" {
		t.Errorf("got %v", e)
	}
	m := bind(gone, "/m")
	m.Optional = true
	prints(t, "", "ls /m 2>/dev/null || true", mounted(m))
}

// A directory cannot cover a file, nor a file a directory, and the message says which.
func TestTargetOfTheWrongKind(t *testing.T) {
	dir := tree(t, map[string]string{"dir/": "", "file": "x", "target/dir/": "", "target/file": "y"})
	for _, m := range [][2]string{{"dir", "/t/file"}, {"file", "/t/dir"}} {
		e := run(t, mounted(bind(filepath.Join(dir, "target"), "/t"), bind(filepath.Join(dir, m[0]), m[1])), command("true"))
		if e.Status != spec.SetupFailed || !strings.Contains(e.fault.Error(), m[1]) || e.Error.Hint == "" {
			t.Errorf("%s at %s: %v", m[0], m[1], e)
		}
	}
}

func TestTargetUnderFile(t *testing.T) {
	dir := tree(t, map[string]string{"file": "x"})
	for _, target := range []string{"/etc/passwd/x", "/m/file/x"} {
		e := run(t, mounted(bind(dir, "/m"), bind(dir, target)), command("true"))
		if e.Status != spec.SetupFailed || !strings.Contains(e.fault.Error(), target) {
			t.Errorf("%s: %v", target, e)
		}
	}
}

// Nothing is made in directories of the host, not even a place for a mount.
func TestNothingIsMadeInHostDirectories(t *testing.T) {
	dir, other := tree(t, map[string]string{"there/": ""}), tree(t, map[string]string{"x": "x\n"})
	unchanged(t, dir)
	for _, outer := range []spec.Mount{bind(dir, "/m"), bindWritable(dir, "/m")} {
		prints(t, "x\n", "cat /m/there/x", mounted(outer, bind(other, "/m/there")))
		for _, inner := range []spec.Mount{
			bind(other, "/m/missing"), bind(filepath.Join(other, "x"), "/m/missing"), {Type: spec.MountTmpfs, Target: "/m/missing"},
			{Type: spec.MountFile, Target: "/m/missing", Data: "x"}, {Type: spec.MountDir, Target: "/m/missing"},
			{Type: spec.MountSymlink, Target: "/m/missing", Source: "x"}, {Type: spec.MountOverlay, Source: other, Target: "/m/missing"},
		} {
			e := run(t, mounted(outer, inner), command("true"))
			if e.Status != spec.SetupFailed || !strings.Contains(e.fault.Error(), "/m/missing") {
				t.Errorf("%s at a place that is missing: %v", inner.Type, e)
			}
		}
	}
}

func TestFilesDirsAndLinks(t *testing.T) {
	mode := spec.FileMode(0o700)
	e := works(t, mounted(
		spec.Mount{Type: spec.MountFile, Target: "/a/b/file", Data: "text\x00\xff\n"},
		spec.Mount{Type: spec.MountFile, Target: "/script", Data: "#!/bin/sh\necho ran\n", Mode: &mode},
		spec.Mount{Type: spec.MountDir, Target: "/a/empty"},
		spec.Mount{Type: spec.MountSymlink, Target: "/a/link", Source: "b/file"},
		spec.Mount{Type: spec.MountFile, Target: "/tmp/note", Data: "note\n"},
	), shell("cat /a/link; /script; ls /a; readlink /a/link; stat -c %a /script; cat /tmp/note"))
	if want := "text\x00\xff\nran\nb\nempty\nlink\nb/file\n700\nnote\n"; e.out != want {
		t.Errorf("got %q, want %q", e.out, want)
	}
	// One that stands where the default tree has something takes its place.
	prints(t, "mine\n", "cat /etc/passwd", mounted(spec.Mount{Type: spec.MountFile, Target: "/etc/passwd", Data: "mine\n"}))
}

func TestDataFromDescriptor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.WriteString("from a pipe\n")
	w.Close()
	fd := int(r.Fd())
	prints(t, "from a pipe\n", "cat /f", mounted(spec.Mount{Type: spec.MountFile, Target: "/f", DataFD: &fd}))
	r.Close()
}

func TestModeOfTmpfsAndDir(t *testing.T) {
	mode := spec.FileMode(0o1750)
	m := mounted(spec.Mount{Type: spec.MountTmpfs, Target: "/a", Mode: &mode}, spec.Mount{Type: spec.MountDir, Target: "/b", Mode: &mode})
	prints(t, "1750\n1750\n", "stat -c %a /a /b", m)
	prints(t, "755\n", "stat -c %a /c", mounted(spec.Mount{Type: spec.MountTmpfs, Target: "/c"}))
}

func TestMaskedPaths(t *testing.T) {
	masked := func(s *sandbox.Spec) { s.Proc.Mask = []string{"/proc/version", "/proc/sys", "/proc/not-there"} }
	prints(t, "", "cat /proc/version; ls /proc/sys", masked)
	denied(t, masked, "EROFS|EACCES|EPERM", "write", "/proc/sys/x")
	if e := works(t, shell("cat /proc/version")); e.out == "" {
		t.Error("without the mask it is empty too")
	}
}

func TestProcOptions(t *testing.T) {
	prints(t, "no\n", "test -e /proc/version && echo yes || echo no", func(s *sandbox.Spec) { s.Proc.PIDsOnly = true })
	prints(t, "no\n", "test -e /proc/self && echo yes || echo no", func(s *sandbox.Spec) { s.Proc.Off = true })
	denied(t, func(s *sandbox.Spec) { s.Proc.ReadOnly = true }, "EROFS", "write", "/proc/self/comm")
	allowed(t, nil, "write", "/proc/self/comm")
}

// A mount of the Spec's own takes the place of what every root gets.
func TestOwnFurniture(t *testing.T) {
	dir := tree(t, map[string]string{"x": "x\n"})
	prints(t, "x\n", "ls /tmp", mounted(bind(dir, "/tmp")))
	prints(t, "x\n", "ls /home/user", mounted(bind(dir, "/home/user")))
	prints(t, "x\n", "ls /dev/shm", mounted(bind(dir, "/dev/shm")))
	prints(t, "x\n", "ls /proc", mounted(bind(dir, "/proc")))
}

func TestDevices(t *testing.T) {
	e := works(t, shell("for d in null zero full random urandom tty; do test -c /dev/$d || echo no $d; done; head -c 4 /dev/zero | wc -c; echo x >/dev/null; ls /dev | tr '\\n' ' '"))
	if want := "4\nfd full null ptmx pts random shm stderr stdin stdout tty urandom zero "; e.out != want {
		t.Errorf("got %q, want %q", e.out, want)
	}
}

func mknodNull(name string) error { return unix.Mknod(name, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))) }

// A bind of the host's whole tree shows that tree, by whatever name, and not the sandbox's own root on top of it.
func TestBindOfTheWholeHost(t *testing.T) {
	link := filepath.Join(boxtest.TempDir(t), "whole")
	if err := os.Symlink("/", link); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(link), 0o755); err != nil {
		t.Fatal(err)
	}
	host, err := os.ReadDir("/")
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(host))
	for i, e := range host {
		names[i] = e.Name()
	}
	for _, source := range []string{"/", link} {
		e := run(t, command("/bin/ls", "-1A", "/host", "/again"),
			mounted(spec.Mount{Type: spec.MountBind, Source: source, Target: "/host"}, spec.Mount{Type: spec.MountBind, Source: "/", Target: "/again"}))
		for _, name := range names {
			if strings.Count("\n"+e.out, "\n"+name+"\n") != 2 {
				t.Errorf("%s: %s is not in both of\n%s", source, name, e.out)
				break
			}
		}
	}
}
