package launch

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// StoppedError is a program that was to join a sandbox and ended before it was the command.
type StoppedError struct{}

func (*StoppedError) Error() string {
	return "it was stopped or killed, from inside the sandbox, before it could start"
}

// leftBehind waits for the end of a helper that enters a sandbox, which is near,
// and tells whether it was killed while its program was still on its way, and in
// our memory. The end of a short program may end a helper that had no more to do, with their cgroup.
func leftBehind(helper, program int) bool {
	return wasKilled(helper, 0) && (program == 0 || beforeExec(program))
}

// wasKilled waits for the end of a child, or with WNOHANG only looks, and tells whether a signal was it.
func wasKilled(pid, options int) bool {
	const exited = 1 // CLD_EXITED; sigaction(2)
	var info unix.Siginfo
	for unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT|options, nil) == unix.EINTR {
	}
	return info.Signo != 0 && info.Code != exited
}

// become replaces the helper that entered a sandbox, and has ended, by the
// program it left there, a child of ours.
func (p *Process) become(program int) error {
	reapFailed(p.PID)
	p.Close()
	fd, err := unix.PidfdOpen(program, 0)
	if err != nil {
		endFailed(program)
		p.Dismiss()
		return &FDError{"pidfd_open", err}
	}
	p.PID, p.PidFD, p.events, p.closed = program, fd, nil, false
	return p.hasRun()
}

// hasRun makes sure of the exec. The helper's wait is over with the memory that
// it shares with the program, a moment before an exec is complete, or an end is.
func (p *Process) hasRun() error {
	for {
		over := p.ended() // asked first: the mark of one that is dead is final
		switch {
		case !beforeExec(p.PID):
			return nil
		case over:
			p.reap()
			return &StoppedError{}
		}
		time.Sleep(20 * time.Microsecond)
	}
}

// endFailed ends a child of ours that is of no use, if there is one. It is not reaped yet, so the number is its.
func endFailed(pid int) {
	if pid > 0 {
		_ = unix.Kill(pid, unix.SIGKILL)
		reapFailed(pid)
	}
}

// beforeExec tells whether a child, alive or not reaped yet, has got to no exec.
//
// FACT — always (proc_pid_stat(5), field 9; PF_FORKNOEXEC in linux/sched.h) — a
// process is marked from its fork to its exec, also when it is dead.
func beforeExec(pid int) bool {
	const forkNoExec = 0x40
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 7 {
		return false
	}
	flags, err := strconv.ParseUint(string(fields[6]), 10, 64)
	return err == nil && flags&forkNoExec != 0
}
