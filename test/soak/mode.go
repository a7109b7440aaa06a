package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// mode is one way in which sandboxes start and end.
type mode struct {
	name string
	// share is how many of all draws it gets.
	share int
	// run starts one or more sandboxes, says how many, and fails when one did not end as it should.
	run func(*site, *rand.Rand) (int, error)
}

var modes = []mode{
	{"init", 20, ends(plain("true"), spec.Exited)},
	{"as-pid-1", 15, ends(asPID1(plain("true")), spec.Exited)},
	{"no cgroup", 5, ends(with(plain("true"), func(s *spec.Spec) {
		s.Limits.Memory, s.Limits.Pids = spec.Unlimited, spec.Unlimited
	}), spec.Exited)},
	{"terminal", 5, ends(with(plain("echo", "hello"), func(s *spec.Spec) { s.Terminal = true }), spec.Exited)},
	{"exec", 8, added},
	{"wall limit", 4, ends(with(plain("sleep", "100"), func(s *spec.Spec) { s.Limits.Wall = spec.Seconds(0.01) }), spec.LimitHit)},
	{"output limit", 4, ends(with(plain("yes"), func(s *spec.Spec) { s.Limits.Output = 4096 }), spec.LimitHit)},
	{"cancelled", 10, cancelled},
	{"program killed", 8, killed(plain("sleep", "100"), theProgram)},
	{"init killed", 8, killed(plain("sleep", "100"), theFirst)},
	{"as-pid-1 killed", 5, killed(asPID1(plain("sleep", "100")), theFirst)},
	{"launcher killed", 3, launcherKilled},
	{"pool", 2, pooled},
}

// inLauncher are the modes of launchers that are about to be killed: those that end by themselves, and those that wait.
var inLauncher = modes[:9]

func plain(command ...string) *spec.Spec {
	s, _ := spec.Profile("default")
	s.Command, s.Workdir = command, "/"
	s.Limits.Wall = spec.Seconds(300) // on a machine that is busy with other things
	return &s
}

func with(s *spec.Spec, change func(*spec.Spec)) *spec.Spec {
	change(s)
	return s
}

func asPID1(s *spec.Spec) *spec.Spec { return with(s, func(s *spec.Spec) { s.AsPID1 = true }) }

// draw picks a mode by the shares.
func draw(from []mode, r *rand.Rand) mode {
	all := 0
	for _, m := range from {
		all += m.share
	}
	n := r.IntN(all)
	for _, m := range from {
		if n -= m.share; n < 0 {
			return m
		}
	}
	panic("the shares do not add up")
}

// moment is a random while, short ones more likely than long ones.
func moment(r *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(r.Float64() * r.Float64() * float64(most))
}

// ends runs a program that ends by itself.
func ends(s *spec.Spec, want spec.Status) func(*site, *rand.Rand) (int, error) {
	return func(*site, *rand.Rand) (int, error) {
		b, err := sandbox.Start(context.Background(), s, sandbox.IO{})
		if err != nil {
			return 1, err
		}
		drain(b.Terminal())
		return 1, expect(b, want)
	}
}

// drain reads what a program writes to its terminal, until the end of it.
func drain(terminal *os.File) {
	if terminal != nil {
		_, _ = io.Copy(io.Discard, terminal) // a terminal's end is an error
	}
}

func expect(b *sandbox.Sandbox, want ...spec.Status) error {
	result, err := b.Wait()
	if err != nil {
		return err
	}
	return oneOf(result, want...)
}

func oneOf(result sandbox.Result, want ...spec.Status) error {
	for _, w := range want {
		if result.Status == w && (w != spec.Exited || result.ExitCode == 0) {
			return nil
		}
	}
	return fmt.Errorf("it ended with %+v, want %q", result, want)
}

// cancelled ends the context, which may be during the start.
func cancelled(_ *site, r *rand.Rand) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), moment(r, 15*time.Millisecond))
	defer cancel()
	result, err := sandbox.Run(ctx, plain("sleep", "100"), sandbox.IO{})
	if errors.Is(err, context.DeadlineExceeded) {
		return 1, nil
	}
	if err != nil {
		return 1, err
	}
	return 1, oneOf(result, spec.Signaled)
}

// added runs a second program in a sandbox.
func added(*site, *rand.Rand) (int, error) {
	b, err := sandbox.Start(context.Background(), plain("sleep", "100"), sandbox.IO{})
	if err != nil {
		return 1, err
	}
	result, failed := b.Exec(context.Background(), sandbox.ExecSpec{Command: []string{"true"}}, sandbox.IO{})
	if failed == nil {
		failed = oneOf(result, spec.Exited)
	}
	return 2, errors.Join(failed, b.Kill(), expect(b, spec.Signaled))
}

// poolRuns is how many programs one Pool runs.
const poolRuns = 20

// pooled makes a Pool and runs programs in it, of which every third is cancelled at a random moment.
func pooled(_ *site, r *rand.Rand) (n int, failed error) {
	p, err := sandbox.NewPool(context.Background(), plain(), sandbox.PoolOptions{Size: 1 + r.IntN(2)})
	if err != nil {
		return 1, err
	}
	defer func() { failed = errors.Join(failed, p.Close()) }()
	for n = range poolRuns {
		if n%3 == 2 {
			ctx, cancel := context.WithTimeout(context.Background(), rand.N(3*time.Millisecond))
			result, err := p.Run(ctx, sandbox.Job{Command: []string{"sleep", "100"}}, sandbox.IO{})
			cancel()
			if err == nil {
				err = oneOf(result, spec.Signaled)
			}
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				return n + 1, err
			}
			continue
		}
		result, err := p.Run(context.Background(), sandbox.Job{Command: []string{"true"}}, sandbox.IO{})
		if err = errors.Join(err, oneOf(result, spec.Exited)); err != nil {
			return n + 1, err
		}
	}
	return poolRuns, nil
}
