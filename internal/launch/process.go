package launch

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// WaitHere waits until the process has ended, at most for d, and tells whether
// it has. Its thread does nothing else meanwhile: for a short wait that is
// cheaper than the poller, which needs another thread to be woken by.
func (p *Process) WaitHere(d time.Duration) bool {
	timeout := unix.NsecToTimespec(max(0, int64(d)))
	fds := &[2]unix.PollFd{{Fd: int32(p.PidFD), Events: unix.POLLIN}, {Fd: -1}} // a pidfd is readable when the process has ended
	if p.spawned {
		fds[1] = unix.PollFd{Fd: int32(p.Spawner.socket), Events: unix.POLLIN} // and before that it tells that all others have
	}
	return pollHere(fds, &timeout)
}

// WaitExit waits until the process has ended or is closed, at most for d, and
// tells whether it has. It costs a goroutine and no thread.
func (p *Process) WaitExit(d time.Duration) bool {
	conn, err := p.poller(time.Now().Add(d))
	switch {
	case errors.Is(err, os.ErrClosed):
		return true
	case err != nil:
		return p.WaitHere(d) // no more descriptors, or memory
	}
	err = conn.Read(func(uintptr) bool { return p.ended() })
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// ended tells whether the process has ended.
func (p *Process) ended() bool {
	fds := []unix.PollFd{{Fd: int32(p.PidFD), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}

// poller makes the process's end an event of the runtime's poller.
//
// FACT — since 5.10 (pidfd_open(2), PIDFD_NONBLOCK) — the flag that the poller asks for.
func (p *Process) poller(deadline time.Time) (syscall.RawConn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, os.ErrClosed
	}
	if p.events == nil {
		if err := unix.SetNonblock(p.PidFD, true); err != nil {
			return nil, err
		}
		p.events = os.NewFile(uintptr(p.PidFD), "pidfd")
	}
	if err := p.events.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	return p.events.SyscallConn()
}

// Reap collects a process that has ended, and closes its pidfd; see also Dismiss.
func (p *Process) Reap() (status unix.WaitStatus, usage unix.Rusage) {
	for !p.spawned {
		if _, err := unix.Wait4(p.PID, &status, 0, &usage); err != unix.EINTR {
			break
		}
	}
	p.Close()
	return status, usage
}

// Close lets go of a process, be it reaped or not ours to reap.
func (p *Process) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
	case p.events != nil:
		p.events.Close()
	default:
		unix.Close(p.PidFD)
	}
	p.closed = true
}

// Signal sends a signal. A process that has ended is no error, also when it has been reaped.
func (p *Process) Signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	err := unix.PidfdSendSignal(p.PidFD, sig, nil, 0)
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
	p.Close()
	p.Dismiss()
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

// Now makes this moment that of the start, for a process whose own is not known yet.
func (p *Process) Now() { p.Started = now() }

// Find looks up the number of a process that a spawner has made; the others have theirs from the start.
//
// FACT — since 5.2 (pidfd_open(2), fdinfo) — a pidfd's fdinfo has the number, as this process's pid namespace counts; -1 once it was reaped.
func (p *Process) Find() error {
	text, err := os.ReadFile("/proc/self/fdinfo/" + strconv.Itoa(p.PidFD))
	if err != nil {
		return &FDError{"look up the number of a process", err}
	}
	for line := range strings.Lines(string(text)) {
		if number, ok := strings.CutPrefix(line, "Pid:"); ok {
			p.PID, err = strconv.Atoi(strings.TrimSpace(number))
		}
	}
	return err
}
