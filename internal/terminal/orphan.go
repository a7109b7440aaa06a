package terminal

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// orphaned reports whether nobody would continue us if we stopped: no ancestor
// within our session is outside our process group, as a job-control shell is.
//
// FACT — since 2.6.12 (setpgid(2), kernel/signal.c get_signal) — the kernel discards SIGTSTP
// in an orphaned group, but not SIGSTOP; Go keeps its handler for a signal once asked for,
// so that SIGTSTP no longer stops a Go program — we send SIGSTOP and decide ourselves — all kernels.
func orphaned() bool {
	session, err := unix.Getsid(0)
	if err != nil {
		return true
	}
	group := unix.Getpgrp()
	for pid := unix.Getppid(); pid > 0; pid = parentOf(pid) {
		if sid, err := unix.Getsid(pid); err != nil || sid != session {
			return true
		}
		if pgrp, err := unix.Getpgid(pid); err == nil && pgrp != group {
			return false
		}
	}
	return true
}

// parentOf is 0 when it cannot be known.
func parentOf(pid int) int {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// "PID (NAME) STATE PPID ...", proc_pid_stat(5); the name may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return 0
	}
	return parent
}
