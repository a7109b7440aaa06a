package main

import "golang.org/x/sys/unix"

// int80 is what this machine has not.
//
//go:norace
//go:nosplit
func int80(_, _, _, _, _, _, _ uintptr) (errno uintptr) { return uintptr(unix.ENOSYS) }
