package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// result is what became of one job, or of a machine that ran none.
type result struct {
	machine, job string
	guest.Ended
	err error // the machine itself failed
}

func (r result) failed() bool { return r.err != nil || r.Exit != 0 }

// verdict is the results that a report tells. A machine that is not the expected one, or did not finish, is an error.
func verdict(m machine, plan guest.Plan, report io.Reader) (results []result, err error) {
	var done, known bool
	for _, line := range guest.ReadReport(report) {
		switch {
		case line.Fail != "":
			return results, errors.New("the machine could not be set up: " + line.Fail)
		case line.Facts != nil:
			if err := plan.Expect.Differs(line.Facts); err != nil {
				return results, err
			}
			known = true
		case line.Ended != nil:
			j := plan.Jobs[line.Ended.Job]
			results = append(results, result{machine: m.name, job: j.Name + ", " + j.Place, Ended: *line.Ended})
		case line.Done != nil:
			done = true
		}
	}
	if !done || !known || len(results) != len(plan.Jobs) {
		return results, fmt.Errorf("the machine went off before it was done: %d of %d jobs ended", len(results), len(plan.Jobs))
	}
	return results, nil
}

// table writes one line for each result, and the sum, as test/report counts.
func table(out io.Writer, results []result) (failed, broken int) {
	var sum guest.Count
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MACHINE\tJOB, PLACE\tANSWER\tPASSED\tFAILED\tSKIPPED\tSECONDS")
	for _, r := range results {
		c := r.Count
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%.0f\n", r.machine, r.job, r.answer(), c.Passed, c.Failed, c.Skipped, r.Seconds)
		sum = guest.Count{Passed: sum.Passed + c.Passed, Failed: sum.Failed + c.Failed, Skipped: sum.Skipped + c.Skipped}
		if r.failed() {
			failed++
		}
		if r.err != nil {
			broken++
		}
	}
	w.Flush()
	fmt.Fprintf(out, "tests: %d passed, %d failed, %d skipped\n", sum.Passed, sum.Failed, sum.Skipped)
	return failed, broken
}

func (r result) answer() string {
	switch {
	case r.err != nil:
		return "BROKEN"
	case r.Exit != 0:
		return fmt.Sprintf("FAILED (%d)", r.Exit)
	}
	return "passed"
}

var saying sync.Mutex

// say prints text, each line behind the name of whose it is: machines run side by side.
func say(whose, text string) {
	saying.Lock()
	defer saying.Unlock()
	for line := range strings.Lines(text) {
		fmt.Println(whose + "| " + strings.TrimRight(line, "\r\n"))
	}
}
