package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

// streams are the program's three streams, and which of them we opened.
type streams struct {
	sandbox.IO
	opened []*os.File
	// joined is the connection with the program's terminal, if it has one.
	joined  *sandbox.Attachment
	joinErr error
}

// streams opens the files that stand in for the caller's streams.
func (o *runOptions) streams(std cli.Stdio) (*streams, error) {
	s := &streams{IO: sandbox.IO{Stdin: std.In, Stdout: std.Out, Stderr: std.Err}}
	if err := s.open(o); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *streams) open(o *runOptions) error {
	const write = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if err := s.replace(&s.Stdin, "--stdin", o.Stdin, os.O_RDONLY); err != nil {
		return err
	}
	if err := s.replace(&s.Stdout, "--stdout", o.Stdout, write); err != nil {
		return err
	}
	if err := s.replace(&s.Stderr, "--stderr", o.Stderr, write); err != nil {
		return err
	}
	if o.Stderr != "" && sameFile(s.Stdout, s.Stderr) {
		s.Stderr = s.Stdout // one open file, so that neither overwrites the other
	}
	return nil
}

func sameFile(a, b *os.File) bool {
	if a == nil || b == nil {
		return false
	}
	s, err := a.Stat()
	t, err2 := b.Stat()
	return err == nil && err2 == nil && os.SameFile(s, t)
}

func (s *streams) replace(stream **os.File, flag, name string, mode int) error {
	if name == "" {
		return nil
	}
	f, err := openStream(name, mode)
	if err != nil {
		return openError(flag, name, err)
	}
	*stream = f
	s.opened = append(s.opened, f)
	return nil
}

// openStream opens a file for the program. A program of an earlier run may have
// left a link in its place, or a FIFO, at which a writer would wait for a reader for ever.
func openStream(name string, mode int) (*os.File, error) {
	if strings.HasPrefix(name, "/dev/") {
		return os.OpenFile(name, mode, 0o644)
	}
	if mode != os.O_RDONLY {
		mode |= unix.O_NONBLOCK
	}
	mode |= unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Open(name, mode, 0o644)
	for err == unix.EINTR {
		fd, err = unix.Open(name, mode, 0o644)
	}
	if err != nil {
		return nil, err
	}
	_ = unix.SetNonblock(fd, false) // it cannot fail for an open file
	return os.NewFile(uintptr(fd), name), nil
}

// openError says which flag's file cannot be opened.
func openError(flag, name string, err error) error {
	reason := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		reason = p.Err
	}
	hint := "write the path of a file that you may use"
	switch {
	case errors.Is(err, unix.ENXIO):
		reason, hint = errors.New("nobody reads it"), "start its reader first; if it should be no FIFO or socket, somebody put it there"
	case errors.Is(err, fs.ErrNotExist):
		hint = "is the path right? its directory must exist"
	case errors.Is(err, fs.ErrPermission):
		hint = "you may not use it: ls -l shows who may"
	}
	return &cli.Error{Text: flag + " " + quote(name) + ": " + reason.Error(), Hint: hint, Err: err}
}

func (s *streams) close() {
	for _, f := range s.opened {
		f.Close()
	}
}
