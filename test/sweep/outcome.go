package main

import (
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/seccomp"
)

// outcome is how a call ended: "errno N", "signal N" or "blocked".
type outcome string

func failedWith(errno syscall.Errno) outcome { return outcome(fmt.Sprintf("errno %d", int(errno))) }

func killedBy(sig syscall.Signal) outcome { return outcome(fmt.Sprintf("signal %d", int(sig))) }

// class is what the outcome is counted as.
func (o outcome) class() string {
	switch kind, number, _ := strings.Cut(string(o), " "); {
	case kind == "blocked":
		return "blocked"
	case kind == "signal":
		return "killed"
	case number == "0":
		return "success"
	case o == failedWith(unix.ENOSYS):
		return "ENOSYS"
	case o == failedWith(unix.EPERM):
		return "EPERM"
	}
	return "other error"
}

// promised is the outcome that an action of the policy means; ok is false where the kernel decides.
func promised(a seccomp.Action) (o outcome, ok bool) {
	const kinds = 0xffff0000
	switch a & kinds {
	case seccomp.Errno:
		return failedWith(syscall.Errno(a &^ kinds)), true
	case seccomp.Kill, seccomp.Trap & kinds:
		return killedBy(unix.SIGSYS), true
	}
	return "", false
}

// fault says what is wrong with the outcome of a call that the policy says this
// about, if anything.
func fault(c call, a seccomp.Action, is outcome) string {
	want, decided := promised(a)
	switch {
	case decided && is != want:
		return fmt.Sprintf("%s: %s, and the policy says %s", c, is, a)
	case !decided && is == killedBy(unix.SIGSYS):
		return fmt.Sprintf("%s: killed by the filter, and the policy says %s", c, a)
	case c.name() == "" && c.abi != seccomp.ABII386 && is != failedWith(unix.ENOSYS):
		return fmt.Sprintf("%s: %s, and no such call is known", c, is)
	}
	return ""
}
