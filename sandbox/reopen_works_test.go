package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// What programs do with files in general, below a directory: make, move, link, remove.
const filesWork = `set -e; cd %s; mkdir -p a/b c; echo 1 >a/b/f; mv a/b/f c/g; ln c/g a/h; ln -s h a/l; mkfifo c/p; cat a/l; rm a/h a/l c/p
	cp c/g a/x; chmod 700 a/x; printf '#!/bin/sh\necho run\n' >a/x; ./a/x; : >a/x; mv a d; ls d; rm -r d c`

const filesWorked = "1\nrun\nb\nx\n"

// usual are scripts that work with descriptors for files as they do with any; stdin is a file that says "in", or the script.
var usual = []struct{ name, script, out string }{
	{"read stdin by name", "cat /dev/stdin", "in\n"},
	{"read stdin by number", "cat </proc/self/fd/0; cat /dev/fd/0", "in\nin\n"},
	{"share stdin's offset", "read x; cat; echo $x", "in\n"},
	{"write stdout by name", "echo one >/dev/stdout; echo two >>/dev/stdout", "one\ntwo\n"},
	{"write stderr by name", "echo gone >/dev/stderr", ""},
	{"write the null device", "echo gone >/dev/null; cat /dev/null", ""},
	{"a here-document", "cat <<end\nhere\nend", "here\n"},
	{"a pipeline", "cat /dev/stdin | tr a-z A-Z >/dev/stdout", "IN\n"},
	{"files in memory", fmt.Sprintf(filesWork, "/tmp"), filesWorked},
	{"files in a bind", fmt.Sprintf(filesWork, "/data"), filesWorked},
	{"read-only stays so", "echo x >/usr/x || echo refused", "refused\n"},
}

// shared is a directory that the program of anybody's sandbox may write, at /data.
func shared(t testing.TB) change {
	t.Helper()
	dir := boxtest.TempDir(t)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return mounted(bindWritable(dir, "/data"))
}

// publicDrain is a drain that also a program with another id on the host can open by name.
func publicDrain(t testing.TB) (*os.File, func() string) {
	t.Helper()
	w, read := drain(t)
	if err := w.Chmod(0o666); err != nil {
		t.Fatal(err)
	}
	return w, read
}

// runPublic is runSpec with such streams.
func runPublic(t testing.TB, s *sandbox.Spec, stdin *os.File) ended {
	t.Helper()
	out, readOut := publicDrain(t)
	errs, readErr := publicDrain(t)
	result, err := sandbox.Run(context.Background(), s, sandbox.IO{Stdin: stdin, Stdout: out, Stderr: errs})
	out.Close()
	errs.Close()
	return ended{result, readOut(), readErr(), err}
}

// TestFilesAsStreamsWorkAsUsual compares each with what the same script does where nothing is kept.
func TestFilesAsStreamsWorkAsUsual(t *testing.T) {
	requireKept(t)
	data := shared(t)
	for _, u := range usual {
		in, out := publicFile(t, "in\n"), publicFile(t, "")
		got := map[bool]string{}
		for _, free := range []bool{false, true} {
			s := box(t, data, shell(u.script), func(s *sandbox.Spec) { s.Nest = free })
			stdout := opened(t, out, os.O_WRONLY|os.O_APPEND|os.O_TRUNC)
			errs, read := publicDrain(t)
			r, err := sandbox.Run(context.Background(), s, sandbox.IO{Stdin: opened(t, in, os.O_RDONLY), Stdout: stdout, Stderr: errs})
			errs.Close()
			if said := read(); err != nil || r.ExitCode != 0 {
				t.Errorf("%s: %+v, %v, %q", u.name, r, err, said)
			}
			text, _ := os.ReadFile(out)
			got[free] = string(text)
			if err := os.Truncate(out, 0); err != nil {
				t.Fatal(err)
			}
		}
		if got[false] != got[true] || u.name != "write stdout by name" && got[false] != u.out {
			t.Errorf("%s: %q, and not kept %q, want %q", u.name, got[false], got[true], u.out)
		}
	}
}

// The same with other descriptors beside a file: pipes, memfds, devices, terminals, FIFOs, removed files.
func TestOtherDescriptorsBesideAFile(t *testing.T) {
	requireKept(t)
	in := opened(t, publicFile(t, "in\n"), os.O_RDONLY)
	memory, err := unix.MemfdCreate("given", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(memory)
	fifo := filepath.Join(boxtest.TempDir(t), "fifo")
	if err := unix.Mkfifo(fifo, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(fifo, 0o666); err != nil {
		t.Fatal(err)
	}
	removed := publicFile(t, "removed\n")
	both, null, pipe, gone := passed(t, publicFile(t, "both\n"), unix.O_RDWR), passed(t, "/dev/null", unix.O_RDWR), passed(t, fifo, unix.O_RDWR), passed(t, removed, unix.O_RDONLY)
	if err := os.Remove(removed); err != nil {
		t.Fatal(err)
	}
	path := func(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }
	script := strings.NewReplacer("BOTH", path(both), "MEMORY", path(memory), "NULL", path(null), "FIFO", path(pipe), "GONE", path(gone)).Replace(
		`set -e; cat BOTH; echo more >>BOTH; cat BOTH; echo m >MEMORY; cat MEMORY; echo x >NULL; cat NULL; echo f >FIFO; read x <FIFO; echo $x; cat GONE; echo out >/dev/stdout`)
	s := box(t, passing(both, memory, null, pipe, gone), shell(script))
	if e := runPublic(t, s, in); e.fault != nil || e.out != "both\nboth\nmore\nm\nf\nremoved\nout\n" {
		t.Errorf("%v", e)
	}
}

// A terminal of the caller's is read, written and asked by its name, and programs can have new ones.
func TestTerminalBesideAFile(t *testing.T) {
	requireKept(t)
	boxtest.RequireProgram(t, "stty", "python3")
	master, tty := terminal(t)
	in := passed(t, publicFile(t, "in\n"), unix.O_RDONLY)
	if err := tty.Chmod(0o666); err != nil {
		t.Fatal(err)
	}
	s := box(t, passing(in), shell(fmt.Sprintf("stty size </dev/stdin; echo out >/dev/stdout; cat /proc/self/fd/%d; "+
		`python3 -c 'import pty; pty.spawn(["tty"])'; echo end`, in)))
	if r, err := sandbox.Run(context.Background(), s, sandbox.IO{Stdin: tty, Stdout: tty, Stderr: tty}); err != nil || r.ExitCode != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	text := make([]byte, 4096)
	var said string
	for !strings.Contains(said, "end\r\n") {
		n, err := master.Read(text)
		if err != nil {
			t.Fatalf("after %q: %v", said, err)
		}
		said += string(text[:n])
	}
	if want := "0 0\r\nout\r\nin\r\n/dev/pts/0\r\nend\r\n"; said != want {
		t.Errorf("%q, want %q", said, want)
	}
}

// terminal is a pseudo-terminal.
func terminal(t testing.TB) (master, tty *os.File) {
	t.Helper()
	master = opened(t, "/dev/ptmx", os.O_RDWR|unix.O_NOCTTY)
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return master, opened(t, fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY)
}

// A script can be stdin, and another program's language can open it by name.
func TestScriptAsStdin(t *testing.T) {
	requireKept(t)
	if e := runSpec(t, box(t, command("/bin/sh")), opened(t, publicFile(t, "echo from a file\nexit 3\n"), os.O_RDONLY)); e.out != "from a file\n" || e.ExitCode != 3 {
		t.Errorf("%v", e)
	}
	boxtest.RequireProgram(t, "python3")
	out := publicFile(t, "")
	s := box(t, command("python3", "-c", "open('/dev/stdout','w').write(open('/dev/stdin').read())"))
	r, err := sandbox.Run(context.Background(), s, sandbox.IO{Stdin: opened(t, publicFile(t, "in\n"), os.O_RDONLY), Stdout: opened(t, out, os.O_WRONLY)})
	if err != nil || r.ExitCode != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	contains(t, out, "in\n")
}

// Where Landlock is asked for, it knows the descriptors as well.
func TestLandlockKnowsTheDescriptors(t *testing.T) {
	requireKept(t)
	for _, mode := range []string{"on", "only"} {
		name := publicFile(t, "in\n")
		s := box(t, shell("cat /dev/stdin; echo out >/dev/stdout; echo evil >>/proc/self/fd/0"), func(s *sandbox.Spec) { s.Landlock.Mode = mode })
		if mode == "only" {
			s.Mounts, s.AllowDrop = nil, append(s.AllowDrop, spec.ProtectionCgroup)
		}
		if e := runPublic(t, s, opened(t, name, os.O_RDONLY)); e.fault != nil || e.out != "in\nout\n" || !strings.Contains(e.err, "ermission denied") {
			t.Errorf("%s: %v", mode, e)
		}
		contains(t, name, "in\n")
	}
}
