package main

import (
	"encoding/json"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// writeResult writes the Result as JSON to the file and the descriptor that the flags name.
func (o *runOptions) writeResult(result *spec.Result) error {
	if o.JSONFile == "" && o.JSONFD == nil {
		return nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return &cli.Error{Text: "write the result: " + err.Error(), Hint: "this is a bug in bulkhead: please report it", Err: err}
	}
	text = append(text, '\n')
	if o.JSONFile != "" {
		if err := os.WriteFile(o.JSONFile, text, 0o644); err != nil {
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
		f, err := os.OpenFile(o.JSONFile, os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			return openError("--json-file", o.JSONFile, err)
		}
		f.Close()
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

func descriptorError(fd int, err error) error {
	number := strconv.Itoa(fd)
	return &cli.Error{Text: "--json-fd " + number + ": " + err.Error(), Hint: "open it in the caller, as in " + number + ">result.json", Err: err}
}

func writeDescriptor(fd int, text []byte) error {
	f := os.NewFile(uintptr(fd), "descriptor "+strconv.Itoa(fd))
	if _, err := f.Write(text); err != nil {
		return descriptorError(fd, err)
	}
	return nil
}
