package main

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// setFilter is seccomp(2) for this thread, with an array of struct sock_filter.
func setFilter(code []byte, count int) error {
	program := unix.SockFprog{Len: uint16(count), Filter: (*unix.SockFilter)(unsafe.Pointer(&code[0]))}
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(code)
	if errno != 0 {
		return errno
	}
	return nil
}
