package sandbox_test

import (
	"bytes"
	"context"
	"errors"
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

// differences runs a comparison and returns its lines, such as "added /x file 2".
func differences(t testing.TB, compare func(func(sandbox.Change) error) error) string {
	t.Helper()
	var b strings.Builder
	err := compare(func(c sandbox.Change) error {
		b.WriteString(string(c.Kind) + " " + c.Path + " " + c.Type)
		if c.Size > 0 {
			b.WriteString(" " + itoa(int(c.Size)))
		}
		if c.Unread != "" {
			b.WriteString(" unread: " + c.Unread)
		}
		b.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Errorf("compare: %v", err)
	}
	return b.String()
}

func inDir(dir string) func(func(sandbox.Change) error) error {
	return func(tell func(sandbox.Change) error) error { return sandbox.DiffDir(dir, tell) }
}

// lowerTree is something to change.
func lowerTree(t testing.TB) string {
	t.Helper()
	return open(t, tree(t, map[string]string{
		"same": "x", "file": "old\n", "gone": "x", "kind/": "", "dir/keep": "x", "dir/deep/x": "x\n", "dir/deep/y": "y", "whole/a": "a", "whole/b/c": "c", "again/a": "a", "again/b": "b",
	}))
}

const changeAll = `cd /m && echo changed >>file && rm gone && rmdir kind && echo now a file >kind && echo new >new && mkdir made made/in && echo x >made/in/x && ln -s /etc/passwd link && mkfifo pipe &&
	echo x >>dir/deep/x && rm -r whole && rm -r again && mkdir again && echo a >again/a && echo begun && exec sleep 60`

const allChanges = `changed /m/again directory
changed /m/again/a file 2
deleted /m/again/b file 1
changed /m/dir directory
changed /m/dir/deep directory
changed /m/dir/deep/x file 4
changed /m/file file 12
deleted /m/gone file 1
changed /m/kind file 11
added /m/link link
added /m/made directory
added /m/made/in directory
added /m/made/in/x file 2
added /m/new file 4
added /m/pipe fifo
deleted /m/whole directory
`

func TestDiffOfThrowAwayOverlay(t *testing.T) {
	boxtest.Require(t, "overlay-tmpfs-xattr", boxtest.Root() || boxtest.TmpfsAttributes(), "directories of a tmpfs layer cannot be removed by users here")
	b, _ := begun(t, box(t, mounted(spec.Mount{Type: spec.MountOverlay, Source: lowerTree(t), Target: "/m"}), shell(changeAll)))
	if got := differences(t, b.Diff); got != allChanges {
		t.Errorf("got\n%s\nwant\n%s", got, allChanges)
	}
}

// A kept layer tells the same while the sandbox runs and when it has ended.
func TestDiffOfKeptOverlay(t *testing.T) {
	kept := boxtest.TempDir(t)
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(kept, "work/work"), 0o700) }) // the kernel leaves it closed, and not always empty
	name := boxtest.NamePrefix() + "diff"
	s := box(t, named(name), mounted(spec.Mount{Type: spec.MountOverlay, Source: lowerTree(t), Target: "/m", Upper: kept}), shell(changeAll))
	started := make(chan *sandbox.Sandbox, 1)
	ended := make(chan error, 1)
	go func() {
		_, err := sandbox.Supervise(context.Background(), s, sandbox.IO{Started: func(b *sandbox.Sandbox) { started <- b }}, sandbox.Afterwards{})
		ended <- err
	}()
	b := <-started
	byName := func(tell func(sandbox.Change) error) error { return sandbox.Diff(name, tell) }
	var out bytes.Buffer
	for deadline := time.Now().Add(boxtest.Patience(10 * time.Second)); !strings.Contains(out.String(), "begun") && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		out.Reset()
		if err := sandbox.Logs(context.Background(), name, sandbox.LogOptions{}, &out, &out); err != nil {
			t.Fatal(err)
		}
	}
	running := differences(t, byName)
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	defer forget(t, name)
	for when, got := range map[string]string{"running": running, "ended": differences(t, byName), "by its directory": strings.ReplaceAll(differences(t, inDir(kept)), " /", " /m/")} {
		if got != allChanges {
			t.Errorf("%s, got\n%s\nwant\n%s", when, got, allChanges)
		}
	}
}

// forget removes what is kept of a detached sandbox.
func forget(t testing.TB, name string) {
	t.Helper()
	if _, err := sandbox.Supervise(context.Background(), box(t, named(name), command("true")), sandbox.IO{}, sandbox.Afterwards{Forget: true}); err != nil {
		t.Error(err)
	}
}

func TestDiffOfRootOverlay(t *testing.T) {
	kept := boxtest.TempDir(t)
	for _, o := range []*spec.Overlay{{}, {Dir: kept}} {
		layer := func(s *sandbox.Spec) { s.Root.Overlay, s.Root.Writable = o, true }
		b, _ := begun(t, box(t, layer, shell("echo x >/usr/diff-new && mkdir /usr/diff-dir && echo begun && exec sleep 60")))
		const want = "added /usr/diff-dir directory\nadded /usr/diff-new file 2\n"
		if got := differences(t, b.Diff); got != want {
			t.Errorf("%+v: got\n%s\nwant\n%s", o, got, want)
		}
		if o.Dir == "" {
			continue
		}
		if got := differences(t, inDir(kept)); got != want {
			t.Errorf("in the directory: got\n%s\nwant\n%s", got, want)
		}
	}
}

// Under a directory as root, the places for our own mounts are no changes of the program's.
func TestDiffOfRootDirectory(t *testing.T) {
	dir := rooted(t)
	layer := func(s *sandbox.Spec) { rootDir(dir)(s); s.Root.Overlay, s.Root.Writable = &spec.Overlay{}, true }
	b, _ := begun(t, box(t, layer, command("/hostile/hostile", "sleep")))
	for line := range strings.Lines(differences(t, b.Diff)) {
		if strings.Contains(line, "/proc") || strings.Contains(line, "/dev") || strings.Contains(line, "/tmp/") || strings.HasPrefix(line, "deleted") {
			t.Errorf("it tells %s", line)
		}
	}
}

// hostileLayer is a kept layer made by hand, as a program could leave one.
func hostileLayer(t testing.TB) (dir, upper string) {
	t.Helper()
	dir = tree(t, map[string]string{"upper/": "", "work/": ""})
	if err := os.Symlink(tree(t, map[string]string{"file": "x", "dir/a": "a", "dir/b": "b"}), filepath.Join(dir, "lower")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(ownMarks(), filepath.Join(dir, "marks")); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(dir, "upper")
}

// ownMarks begin the names of the attributes of the layers that we make.
func ownMarks() string {
	if boxtest.Root() {
		return "trusted.overlay."
	}
	return "user.overlay."
}

// A layer holds what a program likes: nothing of it is opened but directories, and no link is followed.
func TestDiffOfHostileLayer(t *testing.T) {
	dir, upper := hostileLayer(t)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.Symlink("/etc", filepath.Join(upper, "dir")))
	check(os.Symlink("/proc/self/root", filepath.Join(upper, "root")))
	check(unix.Mkfifo(filepath.Join(upper, "pipe"), 0o666))
	check(os.WriteFile(filepath.Join(upper, "\x1b[31m\xff\n"), nil, 0o644))
	huge, err := os.Create(filepath.Join(upper, "huge"))
	check(err)
	check(huge.Truncate(1 << 40))
	huge.Close()
	want := "added /\x1b[31m\xff\n file\nchanged /dir link\nadded /huge file 1099511627776\nadded /pipe fifo\nadded /root link\n"
	if got := differences(t, inDir(dir)); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	err = sandbox.DiffDir(dir, func(c sandbox.Change) error {
		if strings.Contains(c.Path, "\xff") != (c.PathBytes != nil) {
			t.Errorf("%+v", c)
		}
		return nil
	})
	check(err)
	stopped := errors.New("stopped")
	if err := sandbox.DiffDir(dir, func(sandbox.Change) error { return stopped }); !errors.Is(err, stopped) {
		t.Errorf("stopping: %v", err)
	}
}

// Trees are deeper than a path can say and a process has descriptors.
func TestDiffOfDeepLayer(t *testing.T) {
	dir, upper := hostileLayer(t)
	t.Cleanup(func() { flatten(t, upper) })
	at, err := unix.Open(upper, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 5000 {
		if err := unix.Mkdirat(at, "d", 0o755); err != nil {
			t.Fatal(err)
		}
		next, err := unix.Openat(at, "d", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(at)
		at = next
	}
	unix.Close(at)
	lines := strings.Split(strings.TrimSpace(differences(t, inDir(dir))), "\n")
	if n := len(lines); n < 2000 || n > 2100 || strings.Contains(lines[n-2], "unread") || !strings.Contains(lines[n-1], "unread: file name too long") {
		t.Errorf("%d lines, the last %q", n, clip(lines[n-1]))
	}
}

// flatten takes directories called d, one in the other, apart: to remove them from the
// innermost on, one would have to have as many open as they are deep.
func flatten(t testing.TB, dir string) {
	t.Helper()
	outer, inner := filepath.Join(dir, "d"), filepath.Join(dir, "inner")
	for os.Rename(filepath.Join(outer, "d"), inner) == nil {
		if err := errors.Join(os.Remove(outer), os.Rename(inner, outer)); err != nil {
			t.Fatal(err)
		}
	}
}

// Marks are the kernel's: deleted files, directories that hide what is below.
func TestDiffReadsMarks(t *testing.T) {
	dir, upper := hostileLayer(t)
	prefix := ownMarks()
	for _, name := range []string{"file", "never"} {
		if err := unix.Mknod(filepath.Join(upper, name), unix.S_IFCHR, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(upper, "ordinary"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(upper, "dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	merged := "changed /dir directory\ndeleted /file file 1\nadded /ordinary file\n"
	if got := differences(t, inDir(dir)); got != merged {
		t.Errorf("without marks: got\n%s\nwant\n%s", got, merged)
	}
	if boxtest.Root() { // the program could have set these itself
		if err := unix.Setxattr(filepath.Join(upper, "dir"), "user.overlay.opaque", []byte("y"), 0); err != nil {
			t.Fatal(err)
		}
		if got := differences(t, inDir(dir)); got != merged {
			t.Errorf("with a user's marks: got\n%s\nwant\n%s", got, merged)
		}
	}
	if err := unix.Setxattr(filepath.Join(upper, "dir"), prefix+"opaque", []byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(upper, "dir/a"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setxattr(filepath.Join(upper, "dir/a"), prefix+"whiteout", []byte("y"), 0); err != nil {
		t.Fatal(err)
	}
	if got, want := differences(t, inDir(dir)), strings.Replace(merged, "directory\n", "directory\ndeleted /dir/a file 1\n", 1); got != want {
		t.Errorf("with a whiteout: got\n%s\nwant\n%s", got, want)
	}
	if err := unix.Setxattr(filepath.Join(upper, "dir"), prefix+"opaque", []byte("y"), 0); err != nil {
		t.Fatal(err)
	}
	if got, want := differences(t, inDir(dir)), strings.Replace(merged, "directory\n", "directory\ndeleted /dir/a file 1\ndeleted /dir/b file 1\n", 1); got != want {
		t.Errorf("opaque: got\n%s\nwant\n%s", got, want)
	}
}

func TestDiffMistakes(t *testing.T) {
	none := func(sandbox.Change) error { return nil }
	fails := func(what string, err error, words ...string) {
		t.Helper()
		var e *sandbox.Error
		if !errors.As(err, &e) || e.Kind != sandbox.Mistake || e.Hint == "" {
			t.Errorf("%s: %v, no mistake with a hint", what, err)
			return
		}
		for _, w := range words {
			if !strings.Contains(e.Error()+e.Hint, w) {
				t.Errorf("%s: %v (%s) does not say %s", what, e, e.Hint, w)
			}
		}
	}
	b, _ := begun(t, box(t, attack("sleep")))
	fails("without an overlay", b.Diff(none), b.Name(), "no overlay", "--overlay")
	fails("no sandbox", sandbox.Diff("nosuchbox", none), "nosuchbox")
	fails("no name", sandbox.Diff("../x", none), "../x")
	fails("no directory", sandbox.DiffDir("/no/such/dir", none), "/no/such/dir", "no such file")
	fails("no layer", sandbox.DiffDir(tree(t, map[string]string{"upper/": "", "work/": ""}), none), "no layer")
	dir, upper := hostileLayer(t)
	if err := os.Remove(upper); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc", upper); err != nil {
		t.Fatal(err)
	}
	fails("a link for a layer", sandbox.DiffDir(dir, none), "no layer")
	dir, _ = hostileLayer(t)
	if err := os.Remove(filepath.Join(dir, "lower")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/no/such/lower", filepath.Join(dir, "lower")); err != nil {
		t.Fatal(err)
	}
	fails("nothing below", sandbox.DiffDir(dir, none), "/no/such/lower")
	name := boxtest.NamePrefix() + "thrown"
	result, err := sandbox.Supervise(context.Background(), box(t, named(name), mounted(spec.Mount{Type: spec.MountOverlay, Source: lowerTree(t), Target: "/m"}), shell("sleep 0.2")), sandbox.IO{}, sandbox.Afterwards{})
	if err != nil || result.ExitCode != 0 {
		t.Fatal(result, err)
	}
	defer forget(t, name)
	fails("thrown away", sandbox.Diff(name, none), "thrown away", "--overlay=DIR")
}
