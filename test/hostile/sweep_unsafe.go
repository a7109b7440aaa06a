package main

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

var (
	byDefault [4]uint64    // struct kernel_sigaction with SIG_DFL
	patience  [2][2]uint64 // struct itimerval
)

// handled are the signals that a bad call can raise, for which the Go runtime has handlers.
var handled = [...]unix.Signal{unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP, unix.SIGALRM, unix.SIGPIPE, unix.SIGSYS, unix.SIGHUP, unix.SIGTERM}

func setPatience(milliseconds int) {
	patience[1] = [2]uint64{uint64(milliseconds) / 1000, uint64(milliseconds) % 1000 * 1000}
}

//go:norace
//go:nosplit
func forgetHandlers() {
	for i := range handled {
		syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(handled[i]), uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	}
	var none uint64
	syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&none)), 0, 8, 0, 0)
}

// startPatience has a call that does not return ended by SIGALRM; setitimer(2), ITIMER_REAL.
//
//go:norace
//go:nosplit
func startPatience() {
	syscall.RawSyscall(unix.SYS_SETITIMER, unix.ITIMER_REAL, uintptr(unsafe.Pointer(&patience)), 0)
}
