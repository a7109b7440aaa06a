package sandbox

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/internal/terminal"
)

// Plan is the ordered list of what Start would do for a Spec on this host.
type Plan struct {
	plan *plan.Plan
	// took is how long each step took, if it was measured.
	took []time.Duration
}

// PlanOf works out the plan without starting anything. The names that a start
// chooses anew are always the same here, so that plans can be compared. Standard
// streams that are files add a few steps, which keep them at their mode.
func PlanOf(ctx context.Context, s *Spec) (*Plan, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := prepare(s, IO{planned: true})
	if err != nil {
		return nil, asError(err, s)
	}
	defer p.close()
	defer p.abandon()
	return &Plan{plan: p.plan}, nil
}

// Measure runs a program and tells how long each step of its plan took. A step
// whose end cannot be noted, because it may end early, counts towards the next.
func Measure(ctx context.Context, s *Spec, io IO) (*Plan, Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, failed(err), err
	}
	p, err := prepare(s, io)
	if err != nil {
		return nil, failed(err), asError(err, s)
	}
	defer p.close()
	p.plan.Timed()
	box, err := p.begin(ctx, false)
	if err != nil {
		return nil, failed(err), err
	}
	box.await()
	return &Plan{p.plan, durations(p.plan, box.proc)}, box.result, nil
}

// durations are the times between the notes of each actor.
func durations(p *plan.Plan, proc *launch.Process) []time.Duration {
	took := make([]time.Duration, len(p.Steps))
	last := map[plan.Actor]int64{}
	previous := proc.Begun
	for i, ended := range proc.Ended {
		if ended == 0 {
			continue
		}
		actor := p.Steps[i].Actor
		if last[actor] == 0 {
			last[actor] = previous // an actor begins where its creator was
		}
		took[i] = time.Duration(ended - last[actor])
		last[actor], previous = ended, ended
	}
	return took
}

// Step is one step of a Plan.
type Step struct {
	Number int `json:"number"`
	// Actor is who takes it: launcher, joiner, builder, helper, program, guardian, or after.
	Actor  string   `json:"actor"`
	Does   string   `json:"does"`
	Object string   `json:"object"`
	Calls  []string `json:"calls"`
	// Microseconds is how long it took, in a Plan that was measured.
	Microseconds float64 `json:"microseconds,omitempty"`
}

// Steps lists the plan's steps; the first is the creation of the builder, where it happens.
func (p *Plan) Steps() []Step {
	list := make([]Step, 0, len(p.plan.Steps)+1)
	add := func(actor, does, object string, calls ...string) {
		list = append(list, Step{Number: len(list) + 1, Actor: actor, Does: does, Object: object, Calls: calls})
	}
	created := false
	for i := range p.plan.Steps {
		s := &p.plan.Steps[i]
		if s.Actor != plan.Launcher && !created {
			created = true
			add(plan.Launcher.String(), "create", "the sandbox's namespaces", p.plan.Clone.String())
		}
		calls := make([]string, len(s.Calls))
		for j := range s.Calls {
			calls[j] = s.Calls[j].String()
		}
		add(s.Actor.String(), s.Does, s.Object, calls...)
		if p.took != nil {
			list[len(list)-1].Microseconds = float64(p.took[i].Nanoseconds()) / 1e3
		}
	}
	return list
}

// WriteTo prints the plan for people, one step a line. Control characters in names show as escapes.
func (p *Plan) WriteTo(w io.Writer) (int64, error) { return p.print(w, false) }

// WriteVerbose prints the plan with every system call.
func (p *Plan) WriteVerbose(w io.Writer) (int64, error) { return p.print(w, true) }

// column shows the time of a step, in a plan that has times.
func (p *Plan) column(us float64) string {
	switch {
	case p.took == nil:
		return ""
	case us == 0:
		return "         -  "
	}
	return fmt.Sprintf("%7.1f us  ", us)
}

func (p *Plan) print(w io.Writer, verbose bool) (int64, error) {
	var out strings.Builder
	for _, s := range p.Steps() {
		fmt.Fprintf(&out, "%3d  %-8s  %s%s %s\n", s.Number, s.Actor, p.column(s.Microseconds), s.Does, terminal.Sanitize(s.Object))
		for _, c := range s.Calls {
			if verbose {
				fmt.Fprintf(&out, "%15s%s\n", "", terminal.Sanitize(c))
			}
		}
	}
	n, err := io.WriteString(w, out.String())
	return int64(n), err
}
