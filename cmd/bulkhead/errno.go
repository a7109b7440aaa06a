package main

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// errnoName is the kernel's name of the error number in err, or "".
func errnoName(err error) string {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return unix.ErrnoName(errno)
	}
	return ""
}
