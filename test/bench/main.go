// Command bench measures what it costs to start a program in a sandbox, against
// the same program started plainly and by other tools.
//
// Every subject runs once in each round, in an order shuffled anew, so that all
// of them meet the same machine; figures compare within one run only. Nothing
// here is ever a test: a time depends on what else the machine does.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

type options struct {
	rounds int
	limit  time.Duration
	json   bool
	parts  bool
	binary string
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "n", 200, "rounds: how often each subject runs")
	flag.DurationVar(&o.limit, "for", 50*time.Second, "begin no new round after this time")
	flag.BoolVar(&o.json, "json", false, "print JSON, every single time included")
	flag.BoolVar(&o.parts, "parts", false, "also start the library without each wall in turn: the difference is what that wall costs")
	flag.StringVar(&o.binary, "bulkhead", "bin/bulkhead", "the command to measure")
	flag.Parse()
	if err := bench(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(o options) error {
	empty, remove, err := buildEmpty()
	if err != nil {
		return err
	}
	defer remove()
	subjects, missing := subjects(o.binary, empty)
	if o.parts {
		subjects = append(subjects, withoutEach()...)
	}
	r := report{Before: machine(), Missing: missing}
	if r.Subjects, err = measure(subjects, o.rounds, o.limit); err != nil {
		return err
	}
	r.After = machine()
	r.compare()
	if o.json {
		return r.writeJSON(os.Stdout)
	}
	return r.writeText(os.Stdout)
}

// buildEmpty compiles the empty program as bulkhead itself is compiled.
func buildEmpty() (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "bulkhead-bench-")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "empty")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./test/bench/empty")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return "", nil, fmt.Errorf("building the empty program (run this from the top of the tree): %w\n%s", err, out)
	}
	return path, func() { os.RemoveAll(dir) }, nil
}
