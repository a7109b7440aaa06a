package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
)

// baselines are what every subject is compared with.
var baselines = []string{plain, bwrap, bwrapAs}

// budgets are DESIGN's targets that this program can measure.
var budgets = []struct {
	subject, baseline string
	most              float64
}{
	{command, bwrap, 1.0},
	{command, bwrapAs, 1.0},
	{cold, plain, 1.9},
	{coldPID1, plain, 1.5},
}

// report is everything one run found.
type report struct {
	Before   computer  `json:"before"`
	After    computer  `json:"after"`
	Subjects []*series `json:"subjects"`
	Missing  []string  `json:"missing,omitempty"`
}

// computer is what a reader must know of the machine to judge the figures.
type computer struct {
	Kernel string `json:"kernel"`
	CPUs   int    `json:"cpus"`
	Load   string `json:"load"`
	UID    int    `json:"uid"`
}

func machine() computer {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	load, _ := os.ReadFile("/proc/loadavg")
	return computer{
		Kernel: string(bytes.TrimSpace(kernel)), CPUs: runtime.NumCPU(), UID: os.Getuid(),
		Load: strings.Join(strings.Fields(string(load))[:3], " "),
	}
}

func (r *report) find(name string) *series {
	for _, s := range r.Subjects {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// compare works out the figures of all subjects against the baselines that are there.
func (r *report) compare() {
	var present []*series
	for _, name := range baselines {
		if s := r.find(name); s != nil {
			present = append(present, s)
		}
	}
	for _, s := range r.Subjects {
		s.summarise(present)
	}
}

func (r *report) writeJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func (r *report) writeText(out io.Writer) error {
	fmt.Fprintf(out, "Linux %s, %d CPUs, uid %d; load average %s before, %s after\n",
		r.Before.Kernel, r.Before.CPUs, r.Before.UID, r.Before.Load, r.After.Load)
	fmt.Fprintf(out, "start %s and wait for its end; %d rounds, interleaved; milliseconds\n\n", program, r.rounds())
	r.writeTable(out)
	r.writeBudgets(out)
	for _, m := range r.Missing {
		fmt.Fprintln(out, "not measured:", m)
	}
	_, err := fmt.Fprintln(out, "\nx is the median of the ratios round by round; compare figures of one run only")
	return err
}

func (r *report) rounds() int {
	if len(r.Subjects) == 0 {
		return 0
	}
	return len(r.Subjects[0].Seconds)
}

func (r *report) writeTable(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "p10\tmedian\tp90\tx plain\tx bwrap\tx same\t  \n")
	for _, s := range r.Subjects {
		fmt.Fprintf(table, "%.2f\t%.2f\t%.2f\t%s\t%s\t%s\t  %s\n",
			s.P10*1e3, s.Median*1e3, s.P90*1e3, s.ratio(plain), s.ratio(bwrap), s.ratio(bwrapAs), s.Name)
	}
	table.Flush()
}

func (s *series) ratio(baseline string) string {
	if r, known := s.Ratio[baseline]; known {
		return fmt.Sprintf("%.2f", r)
	}
	return "-"
}

func (r *report) writeBudgets(out io.Writer) {
	fmt.Fprintln(out)
	for _, b := range budgets {
		s := r.find(b.subject)
		if s == nil || r.find(b.baseline) == nil {
			continue
		}
		verdict := "met"
		if s.Ratio[b.baseline] > b.most {
			verdict = "MISSED"
		}
		fmt.Fprintf(out, "budget: %s at most %.2f x %s: %.2f, %s\n", b.subject, b.most, b.baseline, s.Ratio[b.baseline], verdict)
	}
}
