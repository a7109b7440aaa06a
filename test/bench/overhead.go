package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

var overheadSection = section{
	name: "overhead", title: "Overhead on the running program", measure: measureOverhead,
	how: "One program, test/bench/work, does each task many times and tells how long one took, without its own start; outside, and in a sandbox with " +
		"everything on. Files are in the same directory of the host, which the sandbox has as a writable bind; those in memory on a tmpfs of each side's own.",
}

// budgets for what runs inside, by the kind of task.
const (
	mostCPU = 1.01
	mostIO  = 1.03
)

// memoryDir is a tmpfs, inside and outside.
const memoryDir = "/dev/shm"

var chores = []struct {
	name, task string
	most       float64
	inMemory   bool
}{
	{name: "processor loop, 1 million turns", task: "cpu", most: mostCPU},
	{name: "clock (no system call)", task: "clock", most: mostCPU},
	{name: "system call: getppid", task: "getppid", most: mostIO},
	{name: "stat", task: "stat", most: mostIO},
	{name: "open, read 4 KiB, close", task: "read", most: mostIO},
	{name: "open, write 4 KiB, close", task: "write", most: mostIO},
	{name: "open, write 4 KiB, close, in memory", task: "write", most: mostIO, inMemory: true},
	{name: "open, write 4 KiB, fsync, close", task: "fsync", most: mostIO},
	{name: "pipe, there and back", task: "pipe-turns", most: mostIO},
	{name: "pipe, 64 KiB", task: "pipe-bytes", most: mostIO},
	{name: "loopback TCP, there and back", task: "tcp-turns", most: mostIO},
	{name: "loopback TCP, 64 KiB", task: "tcp-bytes", most: mostIO},
	{name: "fork, exec and wait", task: "spawn"},
}

const outside, inside = ", outside", ", inside"

func measureOverhead(b *bench) ([]*table, error) {
	t := &table{
		Name: "overhead", Title: "Inside by outside", Unit: inSeconds, PlotRatio: true, Bases: []base{{"outside", outsideOf}},
	}
	files := filepath.Join(b.dir, "files")
	if err := os.MkdirAll(files, 0o700); err != nil {
		return nil, err
	}
	var subjects []subject
	for _, c := range chores {
		file := filepath.Join(files, "file")
		if c.inMemory {
			file = filepath.Join(memoryDir, filepath.Base(b.dir))
		}
		subjects = append(subjects,
			subject{name: c.name + outside, peer: true, run: b.workOutside(c.task, file)},
			subject{name: c.name + inside, run: b.workInside(c.task, file)})
		if c.most > 0 {
			t.Budgets = append(t.Budgets, budget{Row: c.name + inside, Base: "outside", Most: c.most})
		}
	}
	var err error
	t.Rows, t.Absent, err = b.pace(pace{rounds: 40, warmups: 1, limit: 85 * time.Second}).measure(subjects)
	return []*table{t}, err
}

func outsideOf(row string) string {
	if name, ok := strings.CutSuffix(row, inside); ok {
		return name + outside
	}
	return ""
}

func (b *bench) workOutside(task, file string) func() (float64, error) {
	return func() (float64, error) {
		out, err := exec.Command(b.work, task, file).Output()
		if err != nil {
			return 0, fmt.Errorf("%s %s: %w", b.work, task, err)
		}
		return figure(out)
	}
}

func (b *bench) workInside(task, file string) func() (float64, error) {
	s := everythingOn(b.work, task, file)
	files := filepath.Join(b.dir, "files")
	s.Mounts = slices.Concat(s.Mounts, []spec.Mount{
		{Type: spec.MountBind, Source: b.work, Target: b.work},
		{Type: spec.MountBind, Source: files, Target: files, Write: true},
	})
	return func() (float64, error) {
		read, write, err := os.Pipe()
		if err != nil {
			return 0, err
		}
		defer read.Close()
		err = runInside(&s, sandbox.IO{Stdout: write, Stderr: os.Stderr})
		write.Close()
		if err != nil {
			return 0, err
		}
		out, err := io.ReadAll(read)
		if err != nil {
			return 0, err
		}
		return figure(out)
	}
}

func figure(out []byte) (float64, error) {
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}
