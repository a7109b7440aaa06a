package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// The names of the Pool's rows.
const (
	template     = "Pool, template"
	templatePID1 = "Pool, template, as pid 1"
	warm         = "Pool, warm"
)

var poolBudgets = []budget{
	{Row: template, Base: "plain spawn", Most: 1.6},
	{Row: templatePID1, Base: "plain spawn", Most: 1.25},
	{Row: warm, Base: "plain spawn", Most: 1.15},
}

var poolRateBudgets = []budget{{Row: warm, Base: "bwrap", Least: 3}}

// pools are the kinds of Pool that are measured. A template makes nothing ready
// before a job comes; a warm one does, in the time between two jobs, which here is that of all other subjects.
var pools = []struct {
	name   string
	lazy   bool
	change func(*spec.Spec)
}{
	{template, true, everything},
	{templatePID1, true, asPID1},
	{warm, false, everything},
}

// pooled are the starts from prepared sandboxes.
func pooled(b *bench) []subject {
	var found []subject
	for _, p := range pools {
		// One place more than jobs, so that a warm one is ready. A Pool that cannot do without init says so in its row.
		found = append(found, subject{name: p.name, peer: p.name == templatePID1, run: timed(b.pool(2, p.lazy, p.change))})
	}
	return found
}

// pooledRates are the same for throughput.
func pooledRates(b *bench, workers int) []subject {
	var found []subject
	for _, p := range pools {
		found = append(found, rate(workers, p.name, p.name == templatePID1, b.pool(workers+1, p.lazy, p.change)))
	}
	return found
}

// pooledWays are the warm starts under the conditions of host.go.
var pooledWays = []way{{warm, order{Pool: true}, false}}

// pool runs the program in a Pool that is made at the first run and closed at the end of all.
func (b *bench) pool(size int, lazy bool, change func(*spec.Spec)) func() error {
	open := sync.OnceValues(func() (*sandbox.Pool, error) {
		p, err := newPool(size, lazy, change)
		if err == nil {
			b.atEnd(func() { p.Close() })
		}
		return p, err
	})
	return func() error { return runPooled(open) }
}

func newPool(size int, lazy bool, change func(*spec.Spec)) (*sandbox.Pool, error) {
	s := everythingOn(program)
	change(&s)
	return sandbox.NewPool(context.Background(), &s, sandbox.PoolOptions{Size: size, Lazy: lazy})
}

func runPooled(open func() (*sandbox.Pool, error)) error {
	p, err := open()
	if err != nil {
		return err
	}
	result, err := p.Run(context.Background(), sandbox.Job{Command: []string{program}}, sandbox.IO{})
	if err == nil && (result.Status != spec.Exited || result.ExitCode != 0) {
		err = fmt.Errorf("%s ended with %+v", program, result)
	}
	return err
}

// poolElsewhere is the Pool of a process that takes orders; it ends with the process.
var poolElsewhere = sync.OnceValues(func() (*sandbox.Pool, error) { return newPool(runtime.NumCPU(), false, everything) })
