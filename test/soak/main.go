// Command soak starts sandboxes by the hundred thousand, kills programs, inits
// and launchers at random moments, and holds that nothing grows and nothing is left.
//
// It is three processes: the warden inherits and reaps what killed launchers
// leave, so that none of it can hide; its child, the soak, is a server that
// starts sandboxes and is measured; launchers, children of that, are there to be killed.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/bulkhead/bulkhead/sandbox"
)

type options struct {
	starts  int
	workers int
	samples int
	seed    uint64
	most    time.Duration
	json    bool
	user    bool
}

func main() {
	if role := roles[os.Getenv(roleVar)]; role != nil {
		os.Exit(role())
	}
	os.Exit(warden(os.Args[1:]))
}

// soak is the process that is measured.
func soak() int {
	o := parse(os.Args[1:])
	r, err := run(o)
	if err == nil {
		err = r.write(os.Stdout, o.json)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1
	}
	if len(r.Failures) > 0 {
		return 1
	}
	return 0
}

func parse(args []string) options {
	var o options
	flags := flag.NewFlagSet("soak", flag.ExitOnError)
	flags.IntVar(&o.starts, "n", 100_000, "how many starts")
	flags.IntVar(&o.workers, "workers", runtime.NumCPU(), "how many at a time")
	flags.IntVar(&o.samples, "samples", 50, "how many samples are taken on the way")
	flags.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "seed of all choices")
	flags.DurationVar(&o.most, "for", 0, "end at the next sample after so long, also with fewer starts; 0 is never")
	flags.BoolVar(&o.json, "json", false, "print JSON instead of a table")
	flags.BoolVar(&o.user, "user", true, "as root: let half of the launchers run as an unprivileged user")
	_ = flags.Parse(args) // it exits
	if o.starts < 1 || o.workers < 1 || o.samples < 10 {
		fmt.Fprintln(os.Stderr, "soak: -n and -workers have to be at least 1, -samples at least 10")
		os.Exit(2)
	}
	return o
}

// run does all starts, in as many batches as there are samples: between two batches nothing runs, so samples compare.
func run(o options) (*report, error) {
	s, err := newSite(o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.warm(); err != nil {
		return nil, err
	}
	r := &report{Seed: o.seed, Began: time.Now(), Modes: map[string]int{}}
	for i := range o.samples {
		s.batch(r, o.starts*(i+1)/o.samples)
		if err := collect(); err != nil {
			r.fail("collect: %v", err)
		}
		r.Samples = append(r.Samples, s.sample(r.Starts, time.Since(r.Began)))
		r.tell(o)
		if o.most > 0 && time.Since(r.Began) > o.most {
			break
		}
	}
	r.judge()
	r.Left = s.left()
	for _, l := range r.Left {
		r.fail("left behind: %s", l)
	}
	return r, nil
}

// tell prints the newest sample, so that a long run can be followed, and how far it is on a terminal.
func (r *report) tell(o options) {
	if !o.json {
		fmt.Print(r.row())
	}
	if sandbox.IsTerminal(os.Stderr) {
		fmt.Fprintf(os.Stderr, "soak: %d of %d starts, %d failures\x1b[K\r", r.Starts, o.starts, r.failed)
	}
}

func (r *report) write(to io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(to)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	_, err := io.WriteString(to, r.verdict())
	return err
}
