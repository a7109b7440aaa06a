package main

import (
	"sync"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

// each does something with every sandbox that the line names, with all at the
// same time: one that is slow to end must not hold the others up. Of several
// errors all are printed.
func each(call *cli.Call, do func(*sandbox.Sandbox) error) (int, error) {
	failures := make([]error, len(call.Line.Words))
	var all sync.WaitGroup
	for i, name := range call.Line.Words {
		all.Go(func() { failures[i] = withSandbox(name, do) })
	}
	all.Wait()
	return severalCode(call, failures)
}

func withSandbox(name string, do func(*sandbox.Sandbox) error) error {
	box, err := sandbox.Open(name)
	if err != nil {
		return err
	}
	return do(box)
}

// severalCode reports all errors but the last itself, and hands that on.
func severalCode(call *cli.Call, failures []error) (int, error) {
	var last error
	for _, err := range failures {
		if err == nil {
			continue
		}
		if last != nil {
			call.Err.WriteString(call.Program.Report(failure(call, last)))
		}
		last = err
	}
	return verbCode(call, last)
}
