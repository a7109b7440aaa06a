package sandbox

import (
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Notice is a system call for which the policy says "notify": the thread that
// made it waits for a decision, which is one of Continue, Return and Refuse.
//
// Arguments is what the call was made with, and cannot change any more. What a pointer
// among them leads to can, at any time: read it once, ask Valid, judge the
// copy, and act on the copy. Continue is no judgement on memory, because the
// kernel reads it again; seccomp_unotify(2).
type Notice struct {
	// PID is the thread's number in this process's pid namespace, 0 if it has none there.
	PID int
	// Number is the call's, which means something only together with Audit, the ABI: an AUDIT_ARCH value of linux/audit.h.
	Number, Audit uint32
	Arguments     [6]uint64

	id       uint64
	listener *os.File
}

// ReadNotice waits for the next call on a listener, see [Sandbox.Listener]. It
// returns io.EOF when no process is left that could make one.
func ReadNotice(listener *os.File) (*Notice, error) {
	for {
		err := awaitNotice(listener)
		if err != nil {
			return nil, err
		}
		n := &Notice{listener: listener}
		err = n.receive()
		// FACT - since 5.0 (seccomp_unotify(2)) - a call whose thread was killed or interrupted meanwhile is no longer
		// there, ENOENT - the next one is waited for - the same on all kernels.
		if err != unix.ENOENT && err != unix.EINTR {
			return n, lost("receive a system call", err)
		}
	}
}

// awaitNotice waits until there is something to receive.
//
// FACT - since 5.9 (kernel/seccomp.c, seccomp_notify_poll) - a listener hangs up when the last process with the filter is gone,
// and receiving would wait for ever - so it is polled first - all kernels that we run on do.
func awaitNotice(listener *os.File) error {
	fds := []unix.PollFd{{Fd: int32(listener.Fd()), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return lost("wait for system calls", err)
		case fds[0].Revents&unix.POLLIN != 0:
			return nil
		case fds[0].Revents != 0:
			return io.EOF
		}
	}
}

func lost(what string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: HostLacks, Op: what, Object: "the seccomp listener", Err: err}
}

// Valid tells whether the thread still waits. Ask after reading its memory or its
// descriptors by its number: before, the number may have become another's.
func (n *Notice) Valid() bool { return n.valid() == nil }

// Continue lets the call happen.
func (n *Notice) Continue() error { return n.answer(response{flags: respondContinue}) }

// Return makes the call succeed, without happening, with this result.
func (n *Notice) Return(result int64) error { return n.answer(response{result: result}) }

// Refuse makes the call fail with an error.
func (n *Notice) Refuse(errno syscall.Errno) error { return n.answer(response{errno: -int32(errno)}) }

// answer sends the decision. A thread that no longer waits for it is no error.
func (n *Notice) answer(r response) error {
	r.id = n.id
	err := n.send(&r)
	if err == unix.ENOENT {
		return nil
	}
	return lost("answer a system call", err)
}
