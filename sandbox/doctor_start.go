package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/spec"
)

const (
	// starts is how often the start is measured.
	starts = 5
	// startPatience is how long all of them may take.
	startPatience = time.Second
)

// start runs the program true with the default settings, several times.
func (v *visit) start(*host.System) host.Answer {
	ctx, cancel := context.WithTimeout(v.ctx, startPatience)
	defer cancel()
	var times []time.Duration
	var result Result
	for range starts {
		took, r, err := startOnce(ctx, "")
		switch {
		case ctx.Err() != nil && len(times) > 0:
			return measured(times, result.Dropped)
		case ctx.Err() != nil:
			return host.Answer{Found: fmt.Sprintf("no start within %v", startPatience), Why: "this machine is too busy to tell"}
		case err != nil:
			return orLandlock(ctx, failedStart(err))
		case r.Status != spec.Exited || r.ExitCode != 0:
			return failedRun(r)
		}
		times, result = append(times, took), r
	}
	return measured(times, result.Dropped)
}

// failedRun says how a program ended that should have ended well.
func failedRun(r Result) host.Answer {
	found := fmt.Sprintf("true ended with status %s, code %d", r.Status, r.ExitCode)
	if r.Signal != "" {
		found += ", signal " + r.Signal
	}
	return host.Answer{Outcome: host.No, Found: found, Why: "it starts and does not work", Fix: "bulkhead run --explain-exit -- true"}
}

// startOnce starts it once, and says how long that took until the program ran.
func startOnce(ctx context.Context, landlock string) (time.Duration, Result, error) {
	s, _ := spec.Profile("default")
	s.Command, s.Landlock.Mode = []string{"true"}, landlock
	began := time.Now()
	box, err := Start(ctx, &s, IO{})
	took := time.Since(began)
	if err != nil {
		return 0, Result{}, err
	}
	r, err := box.Wait()
	return took, r, err
}

func measured(times []time.Duration, dropped []spec.Dropped) host.Answer {
	slices.Sort(times)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	a := host.Answer{Outcome: host.Yes, Found: fmt.Sprintf("works; %d starts took %.1f ms (median, %.1f to %.1f)",
		len(times), ms(times[len(times)/2]), ms(times[0]), ms(times[len(times)-1]))}
	if len(dropped) > 0 {
		names := make([]string, len(dropped))
		for i, d := range dropped {
			names[i] = string(d.Protection)
		}
		slices.Sort(names)
		a.Found += "; without the limits on " + strings.Join(slices.Compact(names), ", ")
		a.Why = dropped[0].Reason + ", see cgroup"
	}
	return a
}

// failedStart says which step failed.
func failedStart(err error) host.Answer {
	a := host.Answer{Outcome: host.No, Found: err.Error(), Why: "the start failed"}
	var e *Error
	if !errors.As(err, &e) {
		return a
	}
	a.Why, a.Fix = "the step that failed is: "+strings.TrimSpace(e.Op+" "+e.Object), e.Hint
	if e.Kind == NotFound {
		return host.Answer{Outcome: host.Yes, Found: "the set-up works; " + err.Error(), Why: "the default view shows no program true", Fix: e.Hint}
	}
	return a
}

// orLandlock adds the way out that works where namespaces cannot be made.
func orLandlock(ctx context.Context, a host.Answer) host.Answer {
	if a.Outcome != host.No {
		return a
	}
	if _, r, err := startOnce(ctx, "only"); err == nil && r.Status == spec.Exited && r.ExitCode == 0 {
		a.Fix = strings.TrimPrefix(a.Fix+"; or with Landlock as the only wall, which works here: bulkhead run --landlock only -- COMMAND", "; ")
	}
	return a
}
