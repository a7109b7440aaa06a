package main

import (
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// tasks by name: how often, and what makes it ready. Only once is timed.
var tasks = map[string]struct {
	times   int
	prepare func(file string) (once, finish func() error, err error)
}{
	"cpu":        {40, alone(spin)},
	"getppid":    {200_000, alone(getppid)},
	"clock":      {1_000_000, alone(clock)},
	"stat":       {40_000, withFile(stat)},
	"read":       {15_000, withFile(read)},
	"write":      {8_000, withFile(rewrite)},
	"fsync":      {40, withFile(sync)},
	"spawn":      {25, alone(spawn)},
	"pipe-turns": {4_000, overPipe("echo", 1)},
	"pipe-bytes": {1_500, overPipe("drain", block)},
	"tcp-turns":  {3_000, overTCP("echo", 1)},
	"tcp-bytes":  {1_500, overTCP("drain", block)},
}

func nothing() error { return nil }

func alone(once func() error) func(string) (once, finish func() error, err error) {
	return func(string) (func() error, func() error, error) { return once, nothing, nil }
}

// withFile is for a task with a file of one page, which is there before and gone after.
func withFile(once func(file string) error) func(string) (once, finish func() error, err error) {
	return func(file string) (func() error, func() error, error) {
		return func() error { return once(file) }, func() error { return os.Remove(file) }, rewrite(file)
	}
}

var kept uint64

// spin computes a million random numbers.
func spin() error {
	x := kept | 1
	for range 1_000_000 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	kept = x
	return nil
}

func getppid() error {
	unix.Getppid()
	return nil
}

// clock asks the time in user space (vDSO), where a time namespace has a page of its own.
func clock() error {
	_ = time.Now()
	return nil
}

func stat(file string) error {
	var found unix.Stat_t
	return unix.Stat(file, &found)
}

func read(file string) error {
	_, err := os.ReadFile(file)
	return err
}

var page = make([]byte, 4096)

func rewrite(file string) error { return os.WriteFile(file, page, 0o600) }

func sync(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(page); err != nil {
		return err
	}
	return f.Sync()
}

func spawn() error { return exec.Command("/bin/true").Run() }
