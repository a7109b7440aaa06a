package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// messageQueue makes a POSIX message queue; mq_overview(7).
func messageQueue() error {
	name, _ := unix.BytePtrFromString("left")
	if _, _, errno := unix.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(name)), unix.O_CREAT|unix.O_RDWR, 0o666, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
