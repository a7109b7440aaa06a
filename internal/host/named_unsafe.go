package host

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Named tells which of the descriptors lead to a file that Landlock can name.
// Pipes, memfds and the like are in no tree: nothing about them is restricted.
//
// FACT — since 5.13 (landlock_add_rule(2), EBADFD) — of such a file the kernel
// takes no rule — it is asked in this process, with a ruleset that is thrown away.
func Named(fds []int) []int {
	attr := uint64(unix.LANDLOCK_ACCESS_FS_READ_FILE)
	ruleset, _, errno := unix.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return nil // there is no Landlock to tell the difference
	}
	defer unix.Close(int(ruleset))
	var named []int
	for _, fd := range fds {
		rule := [2]uint64{attr, uint64(fd)} // struct landlock_path_beneath_attr, of which the kernel reads 12 bytes
		_, _, errno := unix.RawSyscall6(unix.SYS_LANDLOCK_ADD_RULE, ruleset, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
		if errno != unix.EBADFD {
			named = append(named, fd)
		}
	}
	return named
}
