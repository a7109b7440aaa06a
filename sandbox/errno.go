package sandbox

import (
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// errnoName is the kernel's name of an error number.
func errnoName(e syscall.Errno) string {
	if name := unix.ErrnoName(e); name != "" {
		return name
	}
	return strconv.Itoa(int(e))
}
