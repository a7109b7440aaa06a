// Command bench measures what a sandbox costs: to start, in numbers, to the
// program inside, and in memory, against the same program started plainly and
// by other tools.
//
// Every subject of a section runs once in each round, in an order shuffled anew,
// so that all of them meet the same machine; figures compare within one run
// only. Nothing here is ever a test: a time depends on what else the machine does.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

type options struct {
	only   string
	rounds int
	json   bool
	parts  bool
	write  string
	binary string
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == elsewhereArg {
		exit(serveOrders(os.Args[2], os.Stdin, os.Stdout))
	}
	var o options
	flag.StringVar(&o.only, "only", "", "measure these sections only: a comma list of "+strings.Join(names(sections), ", "))
	flag.IntVar(&o.rounds, "rounds", 0, "how often each subject runs; default: each section's own number")
	flag.BoolVar(&o.json, "json", false, "print JSON, every single figure included, instead of Markdown")
	flag.BoolVar(&o.parts, "parts", false, "also start the library without each wall in turn: the difference is what that wall costs")
	flag.StringVar(&o.write, "write", "", "also write benchmarks.md and benchmarks/*.svg into this directory; all sections must be measured")
	flag.StringVar(&o.binary, "bulkhead", "bin/bulkhead", "the command to measure")
	flag.Parse()
	exit(run(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(o options) error {
	chosen, err := choose(sections, o.only)
	if err != nil {
		return err
	}
	if o.write != "" && len(chosen) != len(sections) {
		return fmt.Errorf("-write makes a page of all sections: leave out -only %s", o.only)
	}
	r, err := measureAll(chosen, o)
	if err != nil {
		return err
	}
	if o.write != "" {
		if err := r.publish(o.write); err != nil {
			return err
		}
	}
	if o.json {
		return r.writeJSON(os.Stdout)
	}
	_, err = os.Stdout.WriteString(r.markdown(""))
	return err
}

// measureAll runs the sections one after the other, and says on stderr where it is.
func measureAll(chosen []section, o options) (*report, error) {
	r := &report{Before: machine()}
	r.Before.Tools = tools()
	r.Before.warn(os.Stderr)
	b, err := prepare(o)
	if err != nil {
		return nil, err
	}
	defer b.cleanup()
	b.cleanupOnSignal()
	for _, s := range chosen {
		fmt.Fprintf(os.Stderr, "bench: %s ...\n", s.name)
		tables, err := s.measure(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		for _, t := range tables {
			t.compare()
		}
		r.Sections = append(r.Sections, result{s.name, s.title, s.how, tables})
	}
	r.After = machine()
	r.After.warn(os.Stderr)
	return r, nil
}
