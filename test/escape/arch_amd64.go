package main

import "golang.org/x/sys/unix"

// sweepForks copy the process that makes them.
var sweepForks = []uintptr{unix.SYS_FORK, unix.SYS_VFORK}
