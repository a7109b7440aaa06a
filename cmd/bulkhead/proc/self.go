package proc

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

const directoryFlag = unix.O_DIRECTORY

func selfFD(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// owner is the user that a file belongs to, as seen from here.
func owner(info os.FileInfo) string {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(stat.Uid), 10)
	}
	return ""
}
