package host

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// report is what the child tells, in memory that it shares with us.
type report struct {
	reached uintptr // the act it has begun last
	errno   uintptr
	result  uintptr // of the last act
}

// run lives a trial and returns the result of its last act.
func (t *trial) run() (int, error) {
	page, err := unix.Mmap(-1, 0, unix.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANONYMOUS)
	if err != nil {
		return 0, fmt.Errorf("memory for a trial: %w", err)
	}
	defer func() { _ = unix.Munmap(page) }()
	rep := (*report)(unsafe.Pointer(&page[0]))
	runtime.LockOSThread()
	pid, errno := fork(t.birth(), t.acts, rep)
	runtime.UnlockOSThread()
	if errno != 0 {
		return 0, &Refusal{Does: t.creation(), Errno: errno}
	}
	status, err := reap(int(pid))
	if err != nil {
		return 0, fmt.Errorf("wait for a trial: %w", err)
	}
	runtime.KeepAlive(t)
	return int(rep.result), t.refusal(rep, status)
}

func (t *trial) refusal(rep *report, status unix.WaitStatus) error {
	if !status.Signaled() && rep.errno == 0 {
		return nil
	}
	r := &Refusal{Does: "live", Errno: unix.Errno(rep.errno)}
	if rep.reached < uintptr(len(t.acts)) {
		r.Does = t.acts[rep.reached].does
	}
	if status.Signaled() {
		r.Signal = status.Signal()
	}
	return r
}

func reap(pid int) (unix.WaitStatus, error) {
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(pid, &status, unix.WALL, nil)
		if err != unix.EINTR {
			return status, err
		}
	}
}

// birth is the system call that creates the child, with two arguments.
func (t *trial) birth() [3]uintptr {
	if t.args != nil {
		return [3]uintptr{unix.SYS_CLONE3, addressOf(t.args), uintptr(len(t.args))}
	}
	return [3]uintptr{unix.SYS_CLONE, t.flags | uintptr(unix.SIGCHLD), 0}
}

func (t *trial) creation() string {
	switch {
	case t.args != nil:
		return "clone3"
	case t.flags&unix.CLONE_NEWUSER != 0:
		return "create a user namespace"
	case t.flags != 0:
		return "create a namespace"
	}
	return "create a process"
}

// fork creates a child with a copy of our memory, which makes the acts and ends.
//
// The child has one thread and the locks of many: it must not allocate, grow
// its stack or be preempted. So all signals are blocked meanwhile, and all of
// this is nosplit and calls nothing but the kernel.
//
//go:norace
//go:nosplit
func fork(birth [3]uintptr, acts []*act, rep *report) (uintptr, syscall.Errno) {
	all, mask := ^uint64(0), uint64(0)
	syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(&mask)), 8, 0, 0)
	pid, _, errno := syscall.RawSyscall6(birth[0], birth[1], birth[2], 0, 0, 0, 0)
	if pid == 0 && errno == 0 {
		perform(acts, rep)
		for {
			syscall.RawSyscall6(unix.SYS_EXIT_GROUP, 0, 0, 0, 0, 0, 0)
		}
	}
	syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&mask)), 0, 8, 0, 0)
	return pid, errno
}

// perform makes the acts; see fork for what it must not do.
//
//go:norace
//go:nosplit
func perform(acts []*act, rep *report) {
	for i, a := range acts {
		rep.reached = uintptr(i)
		result, _, errno := syscall.RawSyscall6(a.nr, *a.args[0], *a.args[1], *a.args[2], *a.args[3], *a.args[4], *a.args[5])
		if errno != 0 {
			rep.errno = uintptr(errno)
			return
		}
		a.result, rep.result = result, result
	}
}

func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
