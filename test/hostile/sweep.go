package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// sweep makes system calls on request, each in a process of its own, and tells
// how each ended. A request is a line of the entry to the kernel, "native" or
// "int80", the number, six arguments and the most milliseconds, in hexadecimal. The answers
// are "errno N", "signal N", or "blocked".
func sweep([]string) int {
	if err := prepareSweep(); err != nil {
		fmt.Println("prepare:", err)
		return 1
	}
	in, out := bufio.NewScanner(os.Stdin), bufio.NewWriter(os.Stdout)
	for in.Scan() {
		r, err := parseRequest(in.Text())
		if err != nil {
			fmt.Fprintln(out, "request:", err)
			break
		}
		fmt.Fprintln(out, r.outcome())
		if out.Flush() != nil {
			return 1
		}
	}
	out.Flush()
	return 0
}

// request is one system call.
type request struct {
	int80        bool
	number       uintptr
	arguments    [6]uintptr
	milliseconds int
}

func parseRequest(line string) (r request, err error) {
	var entry string
	a := &r.arguments
	_, err = fmt.Fscanf(strings.NewReader(line), "%s %x %x %x %x %x %x %x %x",
		&entry, &r.number, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &r.milliseconds)
	r.int80 = entry == "int80"
	return r, err
}

// outcome makes the call in a child.
func (r *request) outcome() string {
	setPatience(r.milliseconds)
	pid, errno := fork(uintptr(unix.SIGCHLD))
	if errno != 0 {
		return "fork: " + errno.Error()
	}
	if pid == 0 {
		callAndEnd(r)
	}
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(int(pid), &status, unix.WALL, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return "wait: " + err.Error()
		case status.Stopped(): // it asked to be traced
			_ = unix.Kill(int(pid), unix.SIGKILL) // not waited for, so the number is still its own
		default:
			return described(status)
		}
	}
}

// described is the end of a child: its exit code is the errno.
func described(status unix.WaitStatus) string {
	switch {
	case status.Signaled() && status.Signal() == unix.SIGALRM:
		return "blocked"
	case status.Signaled():
		return fmt.Sprintf("signal %d", status.Signal())
	}
	return fmt.Sprintf("errno %d", status.ExitStatus())
}

// ownPipe is all that a child has open: a call that changes the mode, owner or
// times of a descriptor must not get at a device, which may be the host's.
var ownPipe [2]int

func prepareSweep() error { return unix.Pipe2(ownPipe[:], unix.O_NONBLOCK) }

// callAndEnd leaves the worker's session, descriptors and signal handlers alone, makes the call and ends with its errno.
//
//go:norace
//go:nosplit
func callAndEnd(r *request) {
	syscall.RawSyscall(unix.SYS_SETSID, 0, 0, 0)
	for fd := range uintptr(3) {
		syscall.RawSyscall(unix.SYS_DUP3, uintptr(ownPipe[fd&1]), fd, 0)
	}
	syscall.RawSyscall(unix.SYS_CLOSE_RANGE, 3, 1<<32-1, 0)
	forgetHandlers()
	startPatience()
	a := &r.arguments
	var code uintptr
	if r.int80 {
		code = int80(r.number, a[0], a[1], a[2], a[3], a[4], a[5])
	} else {
		_, _, errno := syscall.RawSyscall6(r.number, a[0], a[1], a[2], a[3], a[4], a[5])
		code = uintptr(errno)
	}
	syscall.RawSyscall(unix.SYS_EXIT_GROUP, code, 0, 0)
}
