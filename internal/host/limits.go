package host

import (
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// HardLimits are the caller's own hard resource limits that are not infinite,
// by RLIMIT number: nothing inside can be given more.
var HardLimits = sync.OnceValue(func() map[int64]uint64 {
	limits := map[int64]uint64{}
	for n := range int64(unix.RLIMIT_RTTIME + 1) {
		var r unix.Rlimit
		if err := unix.Prlimit(0, int(n), nil, &r); err == nil && r.Max != unix.RLIM_INFINITY {
			limits[n] = r.Max
		}
	}
	return limits
})

// Ignored are the signals that this process ignores, as it was started or by its own wish.
func Ignored() []int {
	var list []int
	for s := syscall.Signal(1); s <= 64; s++ {
		if inherited()&(1<<(s-1)) != 0 || signal.Ignored(s) {
			list = append(list, int(s))
		}
	}
	return list
}
