package main

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// writeResult writes the Result as JSON to the file and the descriptor that the flags name.
func (o *runOptions) writeResult(result *spec.Result) error {
	if o.JSONFile == "" && o.JSONFD == nil {
		return nil
	}
	text, err := jsonLine(result)
	if err != nil {
		return &cli.Error{Text: "write the result: " + err.Error(), Hint: "this is a bug in bulkhead: please report it", Err: err}
	}
	if o.JSONFile != "" {
		if err := o.writeResultFile(text); err != nil {
			return openError("--json-file", o.JSONFile, err)
		}
	}
	if o.JSONFD != nil {
		return writeDescriptor(*o.JSONFD, text)
	}
	return nil
}

// checkResult finds out before the program runs whether its Result can be
// written: afterwards it would be lost.
func (o *runOptions) checkResult() error {
	if o.JSONFile != "" {
		f, err := openResult(o.JSONFile)
		if err != nil {
			return openError("--json-file", o.JSONFile, err)
		}
		o.result = f
	}
	if o.JSONFD == nil {
		return nil
	}
	flags, err := unix.FcntlInt(uintptr(*o.JSONFD), unix.F_GETFD, 0)
	if err == nil && flags&unix.FD_CLOEXEC != 0 {
		err = unix.EBADF // it is one of our own, which the caller cannot mean
	}
	if err != nil {
		return descriptorError(*o.JSONFD, err)
	}
	return nil
}

// writeResultFile writes to the file that was opened before the program ran: a
// program that can write to the directory may have put something else in its place.
func (o *runOptions) writeResultFile(text []byte) error {
	f := o.result
	if f == nil {
		var err error
		if f, err = openResult(o.JSONFile); err != nil {
			return err
		}
	}
	err := f.Truncate(0)
	if errors.Is(err, unix.EINVAL) {
		err = nil // a device, such as /dev/stderr
	}
	if err == nil {
		_, err = f.Write(text)
	}
	return errors.Join(err, f.Close())
}

// openResult opens a regular file, never by way of a link that a program may
// have left there, and without waiting at a FIFO. The caller's own /dev is trusted.
func openResult(name string) (*os.File, error) {
	mode := os.O_WRONLY | os.O_CREATE
	if !strings.HasPrefix(name, "/dev/") {
		mode |= unix.O_NOFOLLOW | unix.O_NONBLOCK
	}
	f, err := os.OpenFile(name, mode, 0o644)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && mode&unix.O_NOFOLLOW != 0 && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func descriptorError(fd int, err error) error {
	number := strconv.Itoa(fd)
	return &cli.Error{Text: "--json-fd " + number + ": " + err.Error(), Hint: "open it in the caller, as in " + number + ">result.json", Err: err}
}

// writeDescriptor writes to a descriptor that stays the caller's: an os.File
// would close it when it is collected.
func writeDescriptor(fd int, text []byte) error {
	for len(text) > 0 {
		n, err := unix.Write(fd, text)
		switch err {
		case nil:
			text = text[n:]
		case unix.EINTR:
		case unix.EAGAIN:
			wait := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
			if _, err := unix.Poll(wait, -1); err != nil && err != unix.EINTR {
				return descriptorError(fd, err)
			}
		default:
			return descriptorError(fd, err)
		}
	}
	return nil
}
