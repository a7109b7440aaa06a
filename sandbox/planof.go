package sandbox

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// Plan is the ordered list of what Start would do for a Spec on this host.
type Plan struct{ plan *plan.Plan }

// PlanOf works out the plan without starting anything.
func PlanOf(ctx context.Context, s *Spec) (*Plan, error) {
	p, err := prepare(ctx, s, IO{})
	if err != nil {
		return nil, asError(err, s)
	}
	defer p.close()
	if p.group != nil {
		p.group.Close()
	}
	return &Plan{p.plan}, nil
}

// Step is one step of a Plan.
type Step struct {
	Number int `json:"number"`
	// Actor is who takes it: launcher, builder, helper, program, or after.
	Actor  string   `json:"actor"`
	Does   string   `json:"does"`
	Object string   `json:"object"`
	Calls  []string `json:"calls"`
}

// Steps lists the plan's steps; the first is the creation of the builder, where it happens.
func (p *Plan) Steps() []Step {
	list := make([]Step, 0, len(p.plan.Steps)+1)
	add := func(actor, does, object string, calls ...string) {
		list = append(list, Step{len(list) + 1, actor, does, object, calls})
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
	}
	return list
}

// WriteTo prints the plan for people, one step a line, its calls below if verbose.
func (p *Plan) WriteTo(w io.Writer) (int64, error) { return p.print(w, false) }

// WriteVerbose prints the plan with every system call.
func (p *Plan) WriteVerbose(w io.Writer) (int64, error) { return p.print(w, true) }

func (p *Plan) print(w io.Writer, verbose bool) (int64, error) {
	var out strings.Builder
	for _, s := range p.Steps() {
		fmt.Fprintf(&out, "%3d  %-8s  %s %s\n", s.Number, s.Actor, s.Does, s.Object)
		for _, c := range s.Calls {
			if verbose {
				fmt.Fprintf(&out, "%15s%s\n", "", c)
			}
		}
	}
	n, err := io.WriteString(w, out.String())
	return int64(n), err
}
