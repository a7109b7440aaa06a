package main

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// slice is how long a subject starts programs in one round.
const slice = 250 * time.Millisecond

var throughputSection = section{
	name: "throughput", title: "Throughput", measure: measureThroughput,
	how: "Starts of `" + program + "` that ended, per second, by as many workers as the title says, each starting its next as soon as its last " +
		"has ended; " + slice.String() + " for each subject in each round.",
}

func measureThroughput(b *bench) ([]*table, error) {
	var tables []*table
	for _, workers := range slices.Compact([]int{1, runtime.NumCPU()}) {
		t, err := throughput(b, workers)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func throughput(b *bench, workers int) (*table, error) {
	subjects := slices.Concat([]subject{rate(workers, plain, true, spawn(program)),
		rate(workers, command, false, spawn(b.binary, "run", "--", program)),
		rate(workers, cold, false, library(everything)),
	}, pooledRates(b, workers), []subject{
		rate(workers, bwrap, true, spawn(bwrapArgs()...)),
		rate(workers, bwrapAs, true, spawn(sameMounts()...)),
	})
	rows, absent, err := b.pace(pace{rounds: 15, warmups: 1, limit: 30 * time.Second}).measure(subjects)
	if err != nil {
		return nil, err
	}
	t := &table{
		Name: fmt.Sprint("throughput-", workers), Title: fmt.Sprintf("Starts per second, %s", plural(workers, "worker")), Unit: inStarts,
		Rows: rows, Absent: absent, MoreIsBetter: true, Bases: []base{always("plain spawn", plain), always("bwrap", bwrap)},
	}
	if workers == runtime.NumCPU() {
		t.Name, t.Budgets = "throughput-all", slices.Concat([]budget{{Row: cold, Base: "bwrap", Least: 3}}, poolRateBudgets)
	}
	return t, nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprint(n, " ", what, "s")
}

func rate(workers int, name string, peer bool, start func() error) subject {
	return subject{name: name, peer: peer, run: func() (float64, error) { return startsPerSecond(workers, slice, start) }}
}

// startsPerSecond counts to the end of the last start, so that what began within the time is not cut off.
func startsPerSecond(workers int, most time.Duration, start func() error) (float64, error) {
	var done atomic.Int64
	var group sync.WaitGroup
	failed := make(chan error, workers)
	begin := time.Now()
	for range workers {
		group.Go(func() {
			for time.Since(begin) < most {
				if err := start(); err != nil {
					failed <- err
					return
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	elapsed := time.Since(begin)
	select {
	case err := <-failed:
		return 0, err
	default:
		return float64(done.Load()) / elapsed.Seconds(), nil
	}
}
