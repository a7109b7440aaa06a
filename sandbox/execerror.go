package sandbox

import (
	"bytes"
	"errors"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/spec"
)

// execError explains why a command could not be started. The kernel has one
// errno for many causes; looking at the file tells them apart.
func execError(e *launch.StepError, s *Spec) error {
	name := s.Command[0]
	fail := &Error{Kind: NotExecutable, Op: "run", Object: name, Err: e.Errno}
	switch e.Errno {
	case syscall.E2BIG:
		fail.Hint = "arguments and environment are too long together: the kernel takes a quarter of the stack limit (--stack), and 128 KiB for a single one"
		return fail
	case syscall.ENOEXEC:
		fail.Hint = "not a program for this machine: a script needs a first line such as #!/bin/sh, a binary the right architecture"
		return fail
	case syscall.ETXTBSY:
		fail.Hint = "somebody has the file open for writing"
		return fail
	}
	file, inside := findCommand(s, name)
	switch {
	case file == "" && e.Errno == syscall.EACCES:
		// It is there, in a part of the tree that is not the host's.
		fail.Err = why("it is a directory, or not marked executable", syscall.EACCES)
		fail.Hint = "name a program; chmod +x makes a file one"
		return fail
	case file == "":
		return commandNotFound(fail, s)
	}
	return unusable(fail, file, inside)
}

// commandNotFound tells what to do when nothing has that name inside.
func commandNotFound(fail *Error, s *Spec) error {
	fail.Kind, fail.Err = NotFound, why("no such command inside", syscall.ENOENT)
	if strings.Contains(fail.Object, "/") {
		fail.Err = why("no such file inside", syscall.ENOENT)
		if _, err := os.Stat(fail.Object); err == nil {
			fail.Hint = showHint(s, fail.Object)
		}
		return fail
	}
	fail.Hint = "looked in PATH=" + lookup(s.Env, "PATH", spec.Path)
	if found := onHost(fail.Object); found != "" {
		fail.Hint = "the host has it at " + found + ": add that directory to PATH (-e PATH=...), and if the sandbox does not show it, --bind " + path.Dir(found)
	}
	return fail
}

// showHint says how to show a file of the host inside. A relative path is taken
// from the directory that the program starts in, which is not the caller's.
func showHint(s *Spec, name string) string {
	if path.IsAbs(name) {
		return "it exists on the host, in a directory the sandbox does not show: add --bind " + path.Dir(name)
	}
	here, err := os.Getwd()
	inside := insideOf(s, here)
	switch {
	case err != nil || inside == "":
		return "it exists on the host, in a directory the sandbox does not show: add --bind . -w ."
	case inside == here:
		inside = "."
	}
	return "it exists in this directory, but the program starts in " + s.Workdir + ": add -w " + inside
}

// insideOf is where a bind shows a directory of the host, or empty.
func insideOf(s *Spec, dir string) string {
	for i := len(s.Mounts) - 1; i >= 0; i-- {
		m := &s.Mounts[i]
		rest, below := strings.CutPrefix(dir, m.Source)
		if m.Type == spec.MountBind && below && (rest == "" || rest[0] == '/') {
			return m.Target + rest
		}
	}
	return ""
}

// onHost looks a command up in the caller's own PATH.
func onHost(name string) string {
	for dir := range strings.SplitSeq(os.Getenv("PATH"), ":") {
		p := path.Join(dir, name)
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return p
		}
	}
	return ""
}

// unusable looks at a file that exists but did not start.
func unusable(fail *Error, file, inside string) error {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		fail.Hint = "the program's user may not look at it"
	case info.IsDir():
		fail.Err = why("it is a directory", syscall.EACCES)
		fail.Hint = "name a program inside it"
	case info.Mode()&0o111 == 0:
		fail.Err = why("it is not marked executable", syscall.EACCES)
		fail.Hint = "chmod +x " + inside
	case errors.Is(fail.Err, syscall.EACCES):
		fail.Hint = "the program's user may not execute it: check the permissions of the file and of every directory above it, and that its mount is not noexec"
	case errors.Is(fail.Err, syscall.ENOENT):
		missingInterpreter(fail, file)
	default:
		fail.Hint = "the kernel refused the file " + inside + ": is it a complete program for this machine?"
	}
	return fail
}

// missingInterpreter explains ENOENT for a file that is there: what it names as
// its interpreter is not.
func missingInterpreter(fail *Error, file string) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := f.Read(head)
	line, script := bytes.CutPrefix(head[:n], []byte("#!"))
	if !script {
		missingLoader(fail, f)
		return
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	name, cr := strings.CutSuffix(string(line), "\r")
	fail.Kind = NotFound
	fail.Err = why("its interpreter "+strings.TrimSpace(name)+" does not exist inside", syscall.ENOENT)
	if cr {
		fail.Err = why("its first line ends with a carriage return, which becomes part of the interpreter's name", syscall.ENOENT)
		fail.Hint = "the file has Windows line ends: convert it with 'sed -i s/\\r$// FILE' or dos2unix"
		return
	}
	fail.Hint = "install it in the sandbox's root, bind it, or correct the script's first line"
}

func missingLoader(fail *Error, f *os.File) {
	loader := loaderOf(f)
	if loader == "" {
		return
	}
	fail.Kind = NotFound
	fail.Err = why("its loader "+loader+" does not exist inside", syscall.ENOENT)
	fail.Hint = "it is a dynamic program: show its libraries (--bind " + path.Dir(loader) + "), or link it statically"
}

// explained is an errno with a better text.
type explained struct {
	text  string
	errno syscall.Errno
}

func why(text string, errno syscall.Errno) error { return &explained{text, errno} }
func (e *explained) Error() string               { return e.text }
func (e *explained) Unwrap() error               { return e.errno }

// findCommand returns the host's file that a command means inside.
func findCommand(s *Spec, name string) (file, inside string) {
	if strings.Contains(name, "/") {
		return existing(s, absolute(s, name))
	}
	for dir := range strings.SplitSeq(lookup(s.Env, "PATH", spec.Path), ":") {
		if file, inside := existing(s, absolute(s, path.Join(dir, name))); file != "" {
			return file, inside
		}
	}
	return "", ""
}

func absolute(s *Spec, p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(s.Workdir, p)
}

func existing(s *Spec, inside string) (file, in string) {
	file, ok := hostPath(s, inside)
	if !ok {
		return "", ""
	}
	if _, err := os.Lstat(file); errors.Is(err, os.ErrNotExist) {
		return "", ""
	}
	return file, inside
}

// hostPath is where a path inside lies on the host, as far as the Spec tells.
func hostPath(s *Spec, inside string) (string, bool) {
	for i := len(s.Mounts) - 1; i >= 0; i-- {
		m := &s.Mounts[i]
		rest, below := strings.CutPrefix(inside, m.Target)
		if !below || rest != "" && rest[0] != '/' && m.Target != "/" {
			continue
		}
		if m.Type == spec.MountBind || m.Type == spec.MountOverlay {
			return path.Join(m.Source, rest), true
		}
		return "", false
	}
	switch s.Root.Kind {
	case spec.RootDir:
		return path.Join(s.Root.Dir, inside), true
	case spec.RootEmpty:
		return "", false
	}
	return inside, s.Root.Overlay != nil || inDefaultView(inside)
}

// inDefaultView tells whether a path is in the host's parts that are shown by default.
func inDefaultView(p string) bool {
	top, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	switch top {
	case "usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "opt", "nix":
		return true
	}
	return false
}

func lookup(env map[string]string, name, otherwise string) string {
	if v, ok := env[name]; ok {
		return v
	}
	return otherwise
}
