package launch

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// pollHere is ppoll(2) of two descriptors. It blocks its thread and, as enter
// does, leaves the processor to others at once.
//
//go:nosplit
func pollHere(fds *[2]unix.PollFd, timeout *unix.Timespec) (ready bool) {
	entersyscallblock()
	n, _, errno := unix.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(fds)), 2, uintptr(unsafe.Pointer(timeout)), 0, 0, 0)
	exitsyscall()
	return errno == 0 && n > 0
}
