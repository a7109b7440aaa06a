package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// report is all that is told in the end.
type report struct {
	Seed    uint64         `json:"seed"`
	Began   time.Time      `json:"began"`
	Starts  int            `json:"starts"`
	Modes   map[string]int `json:"starts_by_mode"`
	Samples []sample       `json:"samples"`
	Trends  []trend        `json:"trends"`
	Left    []string       `json:"left"`
	// Failures is empty if all is well; of alike ones only the first are kept.
	Failures []string `json:"failures"`

	mutex  sync.Mutex
	failed int
}

// mostFailures is how many failures are told one by one.
const mostFailures = 50

func (r *report) fail(format string, args ...any) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.failed++
	if r.failed <= mostFailures {
		r.Failures = append(r.Failures, fmt.Sprintf(format, args...))
	}
}

// more tells whether there have been fewer starts than that.
func (r *report) more(until int) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.Starts < until && r.failed < mostFailures
}

func (r *report) count(mode string, n int, err error) {
	if err != nil {
		r.fail("%s: %v", mode, err)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.Starts += n
	r.Modes[mode] += n
}

// row is the newest sample, below the names of the columns if it is the first.
func (r *report) row() string {
	head := ""
	if len(r.Samples) == 1 {
		head = fmt.Sprintf("%8s %7s %9s %9s %6s %5s %7s %6s | %7s %5s %5s %5s %7s %4s\n",
			"starts", "seconds", "rss KiB", "heap KiB", "gorout", "fds", "threads", "mounts", "cgroups", "netns", "procs", "keys", "records", "tmp")
	}
	s := r.Samples[len(r.Samples)-1]
	return head + fmt.Sprintf("%8d %7.0f %9d %9d %6d %5d %7d %6d | %7d %5d %5d %5d %7d %4d\n", s.Starts, s.Seconds, s.RSS>>10, s.Heap>>10,
		s.Goroutines, s.FDs, s.Threads, s.Mounts, s.Groups, s.NetNS, s.Processes, s.Keys, s.Records, s.Temporary)
}

// verdict is what follows the rows.
func (r *report) verdict() string {
	var b strings.Builder
	b.WriteString("\nRight of the bar: the whole machine, others' included; what of it is ours is checked at the end.\n\n")
	for _, mode := range slices.Sorted(maps.Keys(r.Modes)) {
		fmt.Fprintf(&b, "%8d starts: %s\n", r.Modes[mode], mode)
	}
	b.WriteByte('\n')
	for _, t := range r.Trends {
		fmt.Fprintf(&b, "%s\n", t)
	}
	fmt.Fprintf(&b, "left behind: %d\nseed: %d\n", len(r.Left), r.Seed)
	for _, f := range r.Failures {
		fmt.Fprintf(&b, "FAIL: %s\n", f)
	}
	if len(r.Failures) == 0 {
		fmt.Fprintf(&b, "PASS: %d starts, nothing grows, nothing is left\n", r.Starts)
	}
	return b.String()
}
