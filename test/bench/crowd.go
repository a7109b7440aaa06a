package main

import (
	"context"
	"errors"
	"os/exec"
	"syscall"
	"time"

	"github.com/bulkhead/bulkhead/sandbox"
)

// idle is a program that lives until it is killed.
var idle = []string{"/bin/sleep", "600"}

// member is one of many programs that live at the same time.
type member struct {
	pid        int
	kill, wait func() error
}

func plainMember() (member, error) {
	cmd := exec.Command(idle[0], idle[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // as for sandboxes: none outlives this process
	if err := cmd.Start(); err != nil {
		return member{}, err
	}
	wait := func() error {
		if err := cmd.Wait(); !errors.As(err, new(*exec.ExitError)) { // it was killed
			return err
		}
		return nil
	}
	return member{cmd.Process.Pid, cmd.Process.Kill, wait}, nil
}

func boxedMember() (member, error) {
	s := everythingOn(idle...)
	box, err := sandbox.Start(context.Background(), &s, sandbox.IO{})
	if err != nil {
		return member{}, err
	}
	wait := func() error {
		_, err := box.Wait()
		return err
	}
	return member{box.PID(), box.Kill, wait}, nil
}

// crowd is what it was like to have many at once.
type crowd struct {
	// starts are the seconds that each start took, in their order; end what each took to end, in the mean.
	starts []float64
	end    float64
	// grown is what the machine's memory grew by for each.
	grown memory
	// idle is the processor time that this process used for each of them in a second in which they did nothing.
	idle float64
	// first is the first member's own memory, 0 if that cannot be read.
	first float64
}

// rest is how long the idle programs are watched.
const rest = 2 * time.Second

// processorTime is how much of it this process uses for each second of waiting.
func processorTime(wait time.Duration) float64 {
	begin, before := time.Now(), processorTimeSoFar()
	time.Sleep(wait)
	return (processorTimeSoFar() - before).Seconds() / time.Since(begin).Seconds()
}

func processorTimeSoFar() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // the arguments are right
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// settle lets the kernel free what it frees late, so that the memory that follows is what is in use.
const settle = time.Second

// gather starts so many, looks at the memory, and ends them.
func gather(size int, start func() (member, error)) (c crowd, err error) {
	time.Sleep(settle)
	before, err := memoryNow()
	if err != nil {
		return c, err
	}
	var members []member
	defer func() { err = errors.Join(err, c.disperse(members)) }()
	for range size {
		begin := time.Now()
		m, err := start()
		if err != nil {
			return c, err
		}
		c.starts = append(c.starts, time.Since(begin).Seconds())
		members = append(members, m)
	}
	time.Sleep(settle)
	after, err := memoryNow()
	if err != nil {
		return c, err
	}
	c.grown = after.since(before, size)
	c.idle = processorTime(rest) / float64(size)
	c.first, _ = shareOf(members[0].pid) // not readable for every user
	return c, nil
}

// disperse ends all, and then waits for each.
func (c *crowd) disperse(members []member) error {
	begin := time.Now()
	var failed error
	for _, m := range members {
		failed = errors.Join(failed, m.kill())
	}
	for _, m := range members {
		failed = errors.Join(failed, m.wait())
	}
	c.end = time.Since(begin).Seconds() / float64(max(1, len(members)))
	return failed
}
