package main

import (
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/cmd/bulkhead/proc"
)

// suspendable is a program that Ctrl-Z can stop.
type suspendable interface {
	Suspend() (resume func(), err error)
}

// pause stops the program and then us, as Ctrl-Z does to a command, until
// somebody lets us go on. A program that went on would read what is typed to the shell.
//
// FACT — since 2.6.12 (kernel/signal.c get_signal) — a default SIGTSTP does nothing to a
// process group that no shell could continue, SIGSTOP does; and Go keeps its handler for a signal
// once asked for — we look for the shell, and send SIGSTOP — all kernels.
func pause(program suspendable) {
	if !controlled() {
		return
	}
	resume, err := program.Suspend()
	stop()
	if err == nil {
		resume()
	}
}

// stop returns when somebody lets us go on. The signal goes to this very thread: one to
// the process would stop another first, and we would go on for a moment.
func stop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGSTOP) // to ourselves: it cannot fail
}

// controlled tells whether somebody would continue us if we stopped: an
// ancestor in our session and outside of our process group, as a shell is.
func controlled() bool {
	session, _ := unix.Getsid(0) // of ourselves: it cannot fail
	for pid := unix.Getppid(); pid > 0; {
		if sid, err := unix.Getsid(pid); err != nil || sid != session {
			return false
		}
		if group, err := unix.Getpgid(pid); err == nil && group != unix.Getpgrp() {
			return true
		}
		status, err := proc.Host.Status(pid)
		if err != nil {
			return false // it has ended
		}
		pid = status.Parent
	}
	return false
}
