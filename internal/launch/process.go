package launch

import (
	"golang.org/x/sys/unix"
)

// Kill ends the sandbox and reaps it.
func (p *Process) Kill() {
	_ = unix.PidfdSendSignal(p.PidFD, unix.SIGKILL, nil, 0) // ESRCH: it has ended already
	p.reap()
}

// become replaces the helper that entered a sandbox by the program it left there, a child of ours.
func (p *Process) become(pid int) error {
	p.reap()
	p.PID = pid
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return &FDError{"pidfd_open", err}
	}
	p.PidFD = fd
	return nil
}

// reap waits for a builder that failed or was killed.
func (p *Process) reap() {
	reapFailed(p.PID)
	unix.Close(p.PidFD)
}

// reapFailed waits for a child of ours, if there is one.
func reapFailed(pid int) {
	for pid > 0 {
		if _, err := unix.Wait4(pid, nil, 0, nil); err != unix.EINTR {
			return
		}
	}
}
