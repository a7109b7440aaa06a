package launch

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watchable makes the process's end an event of the runtime's poller, so that
// waiting for it costs a goroutine and no thread.
//
// FACT — since 5.10 (pidfd_open(2), PIDFD_NONBLOCK) — the flag that the poller asks for.
func (p *Process) watchable() error {
	if err := unix.SetNonblock(p.PidFD, true); err != nil {
		return &FDError{"set pidfd", err}
	}
	p.exit = os.NewFile(uintptr(p.PidFD), "pidfd")
	conn, err := p.exit.SyscallConn()
	if err != nil {
		return &FDError{"watch pidfd", err}
	}
	p.conn = conn
	return nil
}

// WaitExit waits until the process has ended, at most for d, and tells whether it has.
func (p *Process) WaitExit(d time.Duration) bool {
	if err := p.exit.SetReadDeadline(time.Now().Add(d)); err != nil {
		return p.ended()
	}
	err := p.conn.Read(func(uintptr) bool { return p.ended() })
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// ended tells whether the process has ended; a pidfd is readable then.
func (p *Process) ended() bool {
	fds := []unix.PollFd{{Fd: int32(p.PidFD), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}

// Reap collects a process that has ended, and closes its pidfd.
func (p *Process) Reap() (status unix.WaitStatus, usage unix.Rusage) {
	for {
		if _, err := unix.Wait4(p.PID, &status, 0, &usage); err != unix.EINTR {
			break
		}
	}
	p.exit.Close()
	return status, usage
}

// Close lets go of a process that is not ours to reap.
func (p *Process) Close() { p.exit.Close() }

// Signal sends a signal. A process that has ended is no error, also when it has been reaped.
func (p *Process) Signal(sig syscall.Signal) error {
	var err error
	if cerr := p.conn.Control(func(fd uintptr) { err = unix.PidfdSendSignal(int(fd), sig, nil, 0) }); cerr != nil {
		return nil // closed: it was reaped
	}
	if err == unix.ESRCH {
		return nil
	}
	return err
}

// Kill ends the sandbox and reaps it.
func (p *Process) Kill() {
	_ = unix.PidfdSendSignal(p.PidFD, unix.SIGKILL, nil, 0) // ESRCH: it has ended already
	p.reap()
}

// reap waits for a builder that failed or was killed, and tells how it ended.
func (p *Process) reap() unix.WaitStatus {
	status := reapFailed(p.PID)
	p.exit.Close()
	return status
}

// reapFailed waits for a child of ours, if there is one.
func reapFailed(pid int) (status unix.WaitStatus) {
	for pid > 0 {
		if _, err := unix.Wait4(pid, &status, 0, nil); err != unix.EINTR {
			break
		}
	}
	return status
}
