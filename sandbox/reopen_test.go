package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// requireKept is for tests of descriptors that keep the mode they were opened with.
func requireKept(t testing.TB) {
	t.Helper()
	boxtest.Require(t, "landlock", host.Facts().LandlockABI >= 2, "a Landlock that lets files be moved, ABI 2")
}

// publicFile is a file that everybody may read and write, whatever the program's id on the host.
func publicFile(t testing.TB, content string) string {
	t.Helper()
	name := filepath.Join(boxtest.TempDir(t), "file")
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// opened opens a file, which is closed with the test.
func opened(t testing.TB, name string, flags int) *os.File {
	t.Helper()
	f, err := os.OpenFile(name, flags, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// passed opens a file so that a program inherits it, and is its number.
func passed(t testing.TB, name string, flags int) int {
	t.Helper()
	fd, err := unix.Open(name, flags, 0)
	if err != nil {
		t.Fatalf("open %s: %v", name, err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func passing(fds ...int) change { return func(s *sandbox.Spec) { s.PassFDs = fds } }

// sleeping begins and then does nothing.
func sleeping(s *sandbox.Spec) { shell("echo begun; exec sleep 60")(s) }

func nesting(s *sandbox.Spec) { s.Nest = true }

// reopenings open a descriptor in a way that it was not opened in; %d is its number.
var reopenings = []struct {
	name, script string
	flags        int
}{
	{"write what was opened for reading", "echo evil >>/proc/self/fd/%d", os.O_RDONLY},
	{"empty what was opened for reading", ": >/proc/self/fd/%d", os.O_RDONLY},
	{"read what was opened for writing", "grep -q content /proc/self/fd/%d", os.O_WRONLY},
	{"read what was opened for appending", "grep -q content /proc/self/fd/%d", os.O_WRONLY | os.O_APPEND},
}

// A descriptor gives what it was opened for, and cannot be opened anew for more.
func TestDescriptorsKeepTheirMode(t *testing.T) {
	requireKept(t)
	for _, r := range reopenings {
		name := publicFile(t, "content\n")
		fd := passed(t, name, r.flags)
		script := fmt.Sprintf(r.script, fd)
		if e := run(t, passing(fd), shell(script+" && echo done")); e.fault != nil || e.out != "" || !strings.Contains(e.err, "ermission denied") {
			t.Errorf("%s: %v", r.name, e)
		}
		contains(t, name, "content\n")
		// The control: where nothing keeps the program from it, it works.
		if e := run(t, nesting, passing(fd), shell(script+" && echo done")); e.out != "done\n" {
			t.Errorf("%s, not kept from it: %v", r.name, e)
		}
	}
}

// contains checks a file of the host.
func contains(t testing.TB, name, want string) {
	t.Helper()
	if text, err := os.ReadFile(name); err != nil || string(text) != want {
		t.Errorf("%s holds %q: %v", name, text, err)
	}
}

// The standard streams, with a control outside: the same script, as a plain child, does it.
func TestStandardStreamsKeepTheirMode(t *testing.T) {
	requireKept(t)
	const script = "echo evil >>/proc/self/fd/0; read x </proc/self/fd/1; echo $x >&2; :"
	in, out := publicFile(t, "in\n"), publicFile(t, "content\n")
	streams := func() (stdin, stdout *os.File) { return opened(t, in, os.O_RDONLY), opened(t, out, os.O_WRONLY) }
	stdin, stdout := streams()
	errs, read := drain(t)
	_, err := sandbox.Run(context.Background(), box(t, shell(script)), sandbox.IO{Stdin: stdin, Stdout: stdout, Stderr: errs})
	errs.Close()
	if said := read(); err != nil || strings.Count(said, "ermission denied") != 2 || strings.Contains(said, "content\n") {
		t.Errorf("%q: %v", said, err)
	}
	contains(t, in, "in\n")
	outside := exec.Command("/bin/sh", "-c", script)
	var said strings.Builder
	stdin, stdout = streams()
	outside.Stdin, outside.Stdout, outside.Stderr = stdin, stdout, &said
	if err := outside.Run(); err != nil || said.String() != "content\n" {
		t.Errorf("outside: %q, %v", said.String(), err)
	}
	contains(t, in, "in\nevil\n")
}

// What a directory is passed for is what is beneath it.
func TestPassedDirectoryIsNoWayUp(t *testing.T) {
	requireKept(t)
	dir := boxtest.TempDir(t)
	for _, d := range []string{dir, filepath.Join(dir, "given")} {
		_ = os.Mkdir(d, 0o777)
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	fd := passed(t, filepath.Join(dir, "given"), unix.O_RDONLY|unix.O_DIRECTORY)
	e := works(t, passing(fd), shell(fmt.Sprintf("cd /proc/self/fd/%d/; echo x >new && cat new; mkdir d && mv new d/ && ls d; cat ../secret; :", fd)))
	if e.out != "x\nnew\n" || !strings.Contains(e.err, "ermission denied") {
		t.Errorf("%v", e)
	}
	if e := run(t, nesting, passing(fd), shell(fmt.Sprintf("cat /proc/self/fd/%d/../secret", fd))); e.out != "secret\n" {
		t.Errorf("the control: %v", e)
	}
}

// A second program in the same sandbox is no way around, neither for its own files nor for the first one's.
func TestExecKeepsTheModes(t *testing.T) {
	requireKept(t)
	name := publicFile(t, "content\n")
	const attack = "echo evil >>/proc/self/fd/0; for p in /proc/[0-9]*; do [ -e $p/fd/9 ] || echo evil >>$p/fd/0; done; :"
	b, _ := begunWith(t, box(t, sleeping), opened(t, name, os.O_RDONLY))
	for _, stdin := range []*os.File{nil, opened(t, name, os.O_RDONLY)} {
		if e := executeWith(t, b, stdin, "sh", "-c", attack); e.fault != nil || !strings.Contains(e.err, "ermission denied") {
			t.Errorf("%v", e)
		}
		contains(t, name, "content\n")
	}
	other, _ := begun(t, box(t, sleeping))
	if e := executeWith(t, other, opened(t, name, os.O_RDONLY), "sh", "-c", "cat /dev/stdin; echo evil >>/proc/self/fd/0"); e.out != "content\n" || e.ExitCode == 0 {
		t.Errorf("%v", e)
	}
	contains(t, name, "content\n")
	free, _ := begunWith(t, box(t, nesting, sleeping), opened(t, name, os.O_RDONLY))
	executeWith(t, free, nil, "sh", "-c", attack)
	if text, err := os.ReadFile(name); err != nil || !strings.Contains(string(text), "evil") {
		t.Errorf("the control did not change it: %q, %v", text, err)
	}
}

// A root that is a directory of the host, even all of it, does not make its files writable by that way.
func TestDescriptorsKeepTheirModeBelowARoot(t *testing.T) {
	requireKept(t)
	name := publicFile(t, "content\n")
	fd := passed(t, name, os.O_RDONLY)
	s := &sandbox.Spec{Root: spec.Root{Kind: spec.RootDir, Dir: "/"}, Workdir: "/", PassFDs: []int{fd}, AllowDrop: []spec.Protection{spec.ProtectionCgroup},
		Command: []string{"/bin/sh", "-c", fmt.Sprintf("cat /proc/self/fd/%d; echo x >/tmp/x; cat /tmp/x; echo evil >>/proc/self/fd/%d", fd, fd)}}
	if e := runSpec(t, s, nil); e.fault != nil || e.out != "content\nx\n" || !strings.Contains(e.err, "ermission denied") {
		t.Errorf("%v", e)
	}
	contains(t, name, "content\n")
}

// A file that the program is given, and may own on the host, does not become one that acts for its owner.
func TestGivenFilesDoNotBecomeSetUserID(t *testing.T) {
	boxtest.RequireUser(t, "root's programs own no file of the host")
	name := publicFile(t, "")
	out := opened(t, name, os.O_WRONLY)
	errs, read := drain(t)
	const script = "chmod 755 /proc/self/fd/1 && echo own >&2; chmod 4755 /proc/self/fd/1; chmod 2755 /proc/self/fd/1"
	if _, err := sandbox.Run(context.Background(), box(t, shell(script)), sandbox.IO{Stdout: out, Stderr: errs}); err != nil {
		t.Error(err)
	}
	errs.Close()
	if said := read(); !strings.HasPrefix(said, "own\n") || strings.Count(said, "not permitted") != 2 {
		t.Errorf("%q", said)
	}
	if st, err := os.Stat(name); err != nil || st.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
}
