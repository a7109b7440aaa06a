package main

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/sandbox"
)

// pause stops the program and then us, as Ctrl-Z does to a command, until
// somebody lets us go on. Without a cgroup the program cannot be stopped by
// somebody who is not inside: then it goes on, and only we are stopped.
//
// FACT — since 2.6.12 (kernel/signal.c get_signal) — a default SIGTSTP does nothing to a
// process group that no shell could continue, SIGSTOP does; and Go keeps its handler for a signal
// once asked for — we look for the shell, and send SIGSTOP — all kernels.
func pause(box *sandbox.Sandbox) {
	if !controlled() {
		return
	}
	frozen := box.Freeze() == nil
	_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP) // to ourselves: it cannot fail
	if frozen {
		_ = box.Thaw() // it fails only for a program that has ended
	}
}

// controlled tells whether somebody would continue us if we stopped: an
// ancestor in our session and outside of our process group, as a shell is.
func controlled() bool {
	session, _ := unix.Getsid(0) // of ourselves: it cannot fail
	for pid := unix.Getppid(); pid > 1; {
		if sid, err := unix.Getsid(pid); err != nil || sid != session {
			return false
		}
		if group, err := unix.Getpgid(pid); err == nil && group != unix.Getpgrp() {
			return true
		}
		parent, _ := readProcess(pid) // 0 if it has ended
		pid = parent.Parent
	}
	return false
}
