package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

// bench is what the sections share: the programs to run and a directory that is removed at the end.
type bench struct {
	binary      string
	empty, work string
	dir         string
	rounds      int
	parts       bool
	closers     []func()
}

func prepare(o options) (*bench, error) {
	if o.rounds < 0 {
		return nil, fmt.Errorf("-rounds %d: it must be at least 1, or 0 for each section's own number", o.rounds)
	}
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("%w\nhint: make build, or name the command with -bulkhead", err)
	}
	dir, err := os.MkdirTemp("", "bulkhead-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{binary: binary, dir: dir, rounds: o.rounds, parts: o.parts}
	if err := b.build(); err != nil {
		b.cleanup()
		return nil, err
	}
	return b, nil
}

// build compiles the programs as bulkhead itself is compiled.
func (b *bench) build() error {
	b.empty, b.work = filepath.Join(b.dir, "empty"), filepath.Join(b.dir, "work")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.dir, "./test/bench/empty", "./test/bench/work")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the programs to run (start this at the top of the tree): %w\n%s", err, out)
	}
	return nil
}

func (b *bench) atEnd(close func()) { b.closers = append(b.closers, close) }

func (b *bench) cleanup() {
	for _, c := range b.closers {
		c()
	}
	os.RemoveAll(b.dir)
}

// cleanupOnSignal removes the directory when somebody has seen enough.
func (b *bench) cleanupOnSignal() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		os.RemoveAll(b.dir)
		exit(errors.New("interrupted"))
	}()
}

// pace is the section's own pace, but for what the caller asked for.
func (b *bench) pace(p pace) pace {
	if b.rounds > 0 {
		p.rounds = b.rounds
	}
	return p
}
