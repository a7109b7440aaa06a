package sandbox

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Suspend stops the sandbox as Ctrl-Z stops a command; resume lets it go on.
// Without a cgroup that can be frozen only the program's own process group stops,
// as with a command of a shell: what the program put into groups of their own goes on.
func (b *Sandbox) Suspend() (resume func(), err error) {
	if b.Freeze() == nil {
		return func() { _ = b.Thaw() }, nil // it fails only for a program that has ended
	}
	_ = b.Thaw() // a freeze that did not finish would hold it for ever
	fd, err := b.program()
	if err != nil {
		return nil, err
	}
	return stopGroup(b.name, fd, b.programPID)
}

// Suspend is [Sandbox.Suspend] for a program that was added; it stops alone.
func (p *Process) Suspend() (resume func(), err error) {
	fd, err := unix.FcntlInt(uintptr(p.proc.PidFD), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, suspendError(p.box.name, err)
	}
	return stopGroup(p.box.name, fd, func() (int, error) { return p.proc.PID, nil })
}

// stopGroup stops a process, of which it takes over the pidfd, and then its
// group: while the process is stopped it cannot end, and its number stays its own.
func stopGroup(name string, fd int, number func() (int, error)) (resume func(), err error) {
	if err := unix.PidfdSendSignal(fd, unix.SIGSTOP, nil, 0); err != nil {
		unix.Close(fd)
		return nil, suspendError(name, err)
	}
	group := 0
	if pid, err := number(); err == nil {
		group, _ = unix.Getpgid(pid)
		if group != pid {
			group = 0 // it has joined another: not ours to stop
		}
	}
	tell := func(sig unix.Signal) {
		if group != 0 {
			_ = unix.Kill(-group, sig) // without the right to, its members go on
		}
	}
	tell(unix.SIGSTOP)
	return func() {
		if unix.PidfdSendSignal(fd, 0, nil, 0) == nil { // it was not killed meanwhile
			tell(unix.SIGCONT)
		}
		_ = unix.PidfdSendSignal(fd, unix.SIGCONT, nil, 0) // it fails only for a program that has ended
		unix.Close(fd)
	}, nil
}

func suspendError(name string, err error) error {
	if err == unix.ESRCH {
		err = errors.New("its program has ended")
	}
	return &Error{Kind: HostLacks, Op: "suspend", Object: name, Err: err}
}
