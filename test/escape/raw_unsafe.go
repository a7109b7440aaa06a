package main

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ioctl makes a request with a pointer to one byte.
func ioctl(fd int, request uintptr, b byte) error {
	_, _, errno := syscall.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(&b)))
	return errnoOf(errno)
}

func uringSetup() (int, error) {
	var params [120]byte // struct io_uring_params; io_uring_setup(2)
	fd, _, errno := syscall.Syscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params)), 0)
	return int(fd), errnoOf(errno)
}

// withoutCloseRange takes the call close_range from this process and what it starts: it answers ENOSYS, as before Linux 5.9.
func withoutCloseRange() error {
	const load, jumpIfEqual, ret = 0x20, 0x15, 0x06
	filter := []unix.SockFilter{
		{Code: load, K: 0}, // the number; seccomp(2), struct seccomp_data
		{Code: jumpIfEqual, Jf: 1, K: unix.SYS_CLOSE_RANGE},
		{Code: ret, K: 0x00050000 | uint32(unix.ENOSYS)}, // SECCOMP_RET_ERRNO
		{Code: ret, K: 0x7fff0000},                       // SECCOMP_RET_ALLOW
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_SECCOMP, 1, 1, uintptr(unsafe.Pointer(&program))) // SECCOMP_SET_MODE_FILTER on all threads
	return errnoOf(errno)
}

// sharedMemory attaches a segment and returns its beginning.
func sharedMemory(key, size, flags int) (*[16]byte, error) {
	id, err := unix.SysvShmGet(key, size, flags)
	if err != nil {
		return nil, err
	}
	memory, err := unix.SysvShmAttach(id, 0, 0)
	if err != nil {
		return nil, err
	}
	return (*[16]byte)(unsafe.Pointer(&memory[0])), nil
}

// openQueue opens a POSIX message queue; mq_open(3) without the slash.
func openQueue(name string, flags int) (int, error) {
	p, err := unix.BytePtrFromString(name)
	if err != nil {
		return -1, err
	}
	fd, _, errno := syscall.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(p)), uintptr(flags), 0o666, 0, 0, 0)
	return int(fd), errnoOf(errno)
}

func unlinkQueue(name string) {
	if p, err := unix.BytePtrFromString(name); err == nil {
		_, _, _ = syscall.Syscall(unix.SYS_MQ_UNLINK, uintptr(unsafe.Pointer(p)), 0, 0) // it may not be there
	}
}

// findKey looks for a key of the user.
func findKey(name string) error {
	kind, err := unix.BytePtrFromString("user")
	if err != nil {
		return err
	}
	p, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	ring := unix.KEY_SPEC_USER_KEYRING
	_, _, errno := syscall.Syscall6(unix.SYS_KEYCTL, unix.KEYCTL_SEARCH, uintptr(ring), uintptr(unsafe.Pointer(kind)), uintptr(unsafe.Pointer(p)), 0, 0)
	return errnoOf(errno)
}

// oddCall makes a call in a process of its own, whose exit code is the low byte of the errno; 255 is one that was ended, as is one that waits
// for longer than that.
func oddCall(number, arg uintptr, patience time.Duration) int {
	pid, errno := callInChild(number, arg)
	if errno != 0 {
		return int(errno)
	}
	var status unix.WaitStatus
	deadline := time.Now().Add(patience)
	for pause := 50 * time.Microsecond; time.Now().Before(deadline); pause = min(pause*2, 5*time.Millisecond) {
		if done, err := unix.Wait4(int(pid), &status, unix.WNOHANG|unix.WALL, nil); done != 0 && err == nil {
			break
		}
		time.Sleep(pause)
	}
	if !status.Exited() {
		unix.Kill(int(pid), unix.SIGKILL)
		unix.Wait4(int(pid), nil, unix.WALL, nil)
		return 255
	}
	return status.ExitStatus()
}

//go:norace
//go:nosplit
func callInChild(number, arg uintptr) (pid uintptr, errno syscall.Errno) {
	pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if pid == 0 && errno == 0 {
		_, _, errno = syscall.RawSyscall6(number, arg, arg, arg, arg, arg, arg)
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(errno), 0, 0)
	}
	return pid, errno
}

// idleChild makes a process that waits for ever.
//
//go:norace
//go:nosplit
func idleChild() (pid uintptr, errno syscall.Errno) {
	pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	for pid == 0 && errno == 0 {
		syscall.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
	return pid, errno
}

func addressOf(page []byte) int64 { return int64(uintptr(unsafe.Pointer(&page[0]))) }
