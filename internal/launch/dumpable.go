package launch

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// getDumpable and restoreDumpable keep the mark that a builder's change of id
// takes from the memory it shares with us; prctl(2), PR_SET_DUMPABLE.
func getDumpable() int {
	v, _, _ := syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_GET_DUMPABLE, 0, 0)
	return int(v)
}

func restoreDumpable(was int) {
	if was == 1 {
		syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1, 0)
		return
	}
	syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 0, 0)
}
