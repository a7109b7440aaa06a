package main

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// clone3Once makes one process by clone3, which ends at once.
func clone3Once(flags int) error {
	args := [11]uint64{uint64(flags), 0, 0, 0, uint64(unix.SIGCHLD)} // struct clone_args; clone(2)
	pid, errno := clone3(&args)
	if errno != 0 {
		return errno
	}
	_, err := unix.Wait4(int(pid), nil, 0, nil)
	return err
}

//go:norace
//go:nosplit
func clone3(args *[11]uint64) (pid uintptr, errno syscall.Errno) {
	pid, _, errno = syscall.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(args)), unsafe.Sizeof(*args), 0)
	if pid == 0 && errno == 0 {
		leave()
	}
	return pid, errno
}
