package cgroup

import (
	"errors"
	"fmt"
	"path"
	"syscall"
	"time"
)

// patience bounds every wait of this package for the kernel.
const patience = 2 * time.Second

// Kill sends SIGKILL to every process of the group, also to those being forked
// meanwhile. With a v2 tree it does not wait for them to be gone, [Group.Remove] does,
// unless some may be frozen by the freezer of v1. A group that is gone is no error.
func (g *Group) Kill() error {
	if g.l.V2 == "" {
		return g.killV1()
	}
	// FACT — since 5.14 (commit 661ee6280931) writing 1 to cgroup.kill kills the whole subtree at once, forks included — no
	// loop, no race — always there on 5.15.
	if err := write(path.Join(g.l.V2, g.name, "cgroup.kill"), "1"); err != nil {
		return unlessGone(err)
	}
	if dir := g.l.dir(Freezer, g.name); dir == "" || !exists(dir) {
		return nil
	}
	return untilDone(func() error {
		g.thawAllV1()
		pids, err := g.Procs()
		if err != nil || len(pids) == 0 {
			return err
		}
		return notYet{fmt.Errorf("kill cgroup %s: %d processes are still there", g.Dir(), len(pids))}
	})
}

// unlessGone drops the error of a group that somebody has removed.
func unlessGone(err error) error {
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENODEV) {
		return nil
	}
	return err
}

// killV1 kills until nobody is left. A pids.max of 0 stops new forks first, so
// that the loop ends. Frozen processes die only when they are thawed.
func (g *Group) killV1() error {
	if dir := g.l.dir(Pids, g.name); dir != "" {
		if err := unlessGone(write(dir+"/pids.max", "0")); err != nil {
			return err
		}
	}
	return untilDone(func() error {
		dir := g.home()
		if dir == "" {
			return nil
		}
		left, err := killOnce(dir)
		if err != nil || left == 0 {
			return err
		}
		g.thawAllV1()
		return notYet{fmt.Errorf("kill cgroup %s: %d processes are still there", dir, left)}
	})
}

// killOnce sends SIGKILL to each process below dir and returns how many there
// were. A number may be reused at any time: so each is first bound to a pidfd,
// and only those whose number is then still listed are signalled.
func killOnce(dir string) (int, error) {
	before, err := procsBelow(dir)
	if err != nil {
		return 0, err
	}
	fds := make(map[int]int, len(before))
	defer func() {
		for _, fd := range fds {
			syscall.Close(fd)
		}
	}()
	for _, pid := range before {
		if fd, err := pidfdOpen(pid); err == nil {
			fds[pid] = fd
		}
	}
	after, err := procsBelow(dir)
	for _, pid := range after {
		if fd, ok := fds[pid]; ok {
			pidfdKill(fd)
		}
	}
	return len(after), err
}

// The two calls have no name in package syscall; the numbers are the same on
// every architecture (include/uapi/asm-generic/unistd.h).
const (
	sysPidfdSendSignal = 424
	sysPidfdOpen       = 434
)

func pidfdOpen(pid int) (int, error) {
	fd, _, errno := syscall.RawSyscall(sysPidfdOpen, uintptr(pid), 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

// pidfdKill sends SIGKILL. It can only fail because the process is gone, or is
// not ours to kill, which the caller sees as it stays.
func pidfdKill(fd int) {
	syscall.RawSyscall6(sysPidfdSendSignal, uintptr(fd), uintptr(syscall.SIGKILL), 0, 0, 0, 0)
}

// notYet marks an error that time may heal.
type notYet struct{ error }

func (e notYet) Unwrap() error { return e.error }

// untilDone tries again while the error is notYet, with growing pauses, until patience runs out.
func untilDone(try func() error) error {
	deadline := time.Now().Add(patience)
	for pause := 50 * time.Microsecond; ; pause = min(2*pause, 5*time.Millisecond) {
		err := try()
		if _, wait := err.(notYet); !wait || time.Now().After(deadline) {
			return err
		}
		time.Sleep(pause)
	}
}
