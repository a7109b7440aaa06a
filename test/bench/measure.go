package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// subject is one thing to measure; run measures it once and returns the figure in seconds, bytes or starts per second.
type subject struct {
	name string
	run  func() (float64, error)
	// peer marks what is not ours: where it does not run, the table says so, and the rest is measured.
	peer bool
}

// missing is a subject that could not be measured, and why.
type missing struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// timed makes a figure of how long something takes, in seconds.
func timed(do func() error) func() (float64, error) {
	return func() (float64, error) {
		begin := time.Now()
		err := do()
		return time.Since(begin).Seconds(), err
	}
}

// pace is how often subjects run: no new round begins after limit.
type pace struct {
	rounds, warmups int
	limit           time.Duration
}

// measure runs every subject once a round, and returns the figures in the subjects' order.
func (p pace) measure(subjects []subject) (rows []*series, absent []missing, err error) {
	runs := make([]*running, len(subjects))
	for i, s := range subjects {
		runs[i] = &running{subject: s, series: series{Name: s.name, Ours: !s.peer}}
		for range p.warmups {
			if err := runs[i].once(false); err != nil {
				return nil, nil, err
			}
		}
	}
	// The same shuffles each time: what differs between two runs is the machine alone.
	order := rand.New(rand.NewPCG(1, 2))
	for begin, done := time.Now(), 0; done < p.rounds && (done == 0 || time.Since(begin) < p.limit); done++ {
		for _, i := range order.Perm(len(runs)) {
			if err := runs[i].once(true); err != nil {
				return nil, nil, err
			}
		}
	}
	rows, absent = sorted(runs)
	return rows, absent, nil
}

// running is a subject on its way to a series, or to a reason why there is none.
type running struct {
	subject
	series
	failed error
}

func (r *running) once(keep bool) error {
	if r.failed != nil {
		return nil
	}
	value, err := r.run()
	if err != nil && !r.peer {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	r.failed = err
	if keep && err == nil {
		r.Values = append(r.Values, value)
	}
	return nil
}

func sorted(runs []*running) (rows []*series, absent []missing) {
	for _, r := range runs {
		if r.failed != nil {
			absent = append(absent, missing{r.name, oneLine(r.failed.Error())})
			continue
		}
		rows = append(rows, &r.series)
	}
	return rows, absent
}
