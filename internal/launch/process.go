package launch

import (
	"golang.org/x/sys/unix"
)

// Kill ends the sandbox and reaps it.
func (p *Process) Kill() {
	_ = unix.PidfdSendSignal(p.PidFD, unix.SIGKILL, nil, 0) // ESRCH: it has ended already
	p.reap()
}

// reap waits for a builder that failed or was killed.
func (p *Process) reap() {
	for {
		_, err := unix.Wait4(p.PID, nil, 0, nil)
		if err != unix.EINTR {
			break
		}
	}
	unix.Close(p.PidFD)
}
