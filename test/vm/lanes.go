package main

import (
	"fmt"
	"os"
	"sync"
)

// runAll runs the chosen machines, some at a time, and returns what became of their jobs, in the order of the machines.
func runAll(o options) ([]result, error) {
	if err := requireTools(o.install); err != nil {
		return nil, err
	}
	chosen, err := choose(o.machines)
	if err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "bulkhead-vm-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	b := &builder{o: o, work: work, compiled: map[string]bool{}}
	results := make([][]result, len(chosen))
	lanes := make(chan struct{}, max(o.lanes, 1))
	var running sync.WaitGroup
	for i, m := range chosen {
		lanes <- struct{}{}
		start, err := b.prepare(m) // one at a time: the archive and the compiler serve one caller
		if err != nil {
			results[i] = []result{broken(m, err)}
			<-lanes
			continue
		}
		running.Go(func() {
			results[i] = start()
			<-lanes
		})
	}
	running.Wait()
	return flat(results), nil
}

// prepare gets a machine's kernel and image, and returns what boots it.
func (b *builder) prepare(m machine) (func() []result, error) {
	k, err := findKernel(m.kernel)
	if err != nil {
		return nil, fmt.Errorf("kernel %s: %w", m.kernel, err)
	}
	im, plan, err := b.image(m, k)
	if err != nil {
		return nil, err
	}
	return func() []result {
		done, err := boot(b.o, m, k, im, plan)
		if err != nil {
			return append(done, broken(m, err))
		}
		return done
	}, nil
}

// broken is the result of a machine that could not be made, or is not the expected one.
func broken(m machine, err error) result {
	say(m.name, "error: "+err.Error())
	return result{machine: m.name, job: "the machine itself", err: err}
}

func flat(lists [][]result) []result {
	var all []result
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
