package host

import (
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// inherited are the signals ignored when first asked, as a mask.
//
// FACT — always (execve(2)) — SIG_IGN survives exec: a launcher started by
// nohup, or by a daemon that ignores SIGPIPE, would hand that on.
var inherited = sync.OnceValue(func() uint64 {
	var mask uint64
	for s := uintptr(1); s <= 64; s++ {
		var action [4]uintptr // struct kernel_sigaction
		_, _, errno := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, s, 0, uintptr(unsafe.Pointer(&action)), 8, 0, 0)
		if errno == 0 && action[0] == 1 { // SIG_IGN
			mask |= 1 << (s - 1)
		}
	}
	return mask
})
