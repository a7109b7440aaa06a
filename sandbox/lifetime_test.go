package sandbox_test

import (
	"context"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// held is what this process holds: open descriptors by what they are, and goroutines.
func held(t testing.TB) (descriptors []string, goroutines int) {
	t.Helper()
	runtime.GC()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			descriptors = append(descriptors, to)
		}
	}
	return descriptors, runtime.NumGoroutine()
}

// waysOut are the ways in which a sandbox begins and ends.
var waysOut = map[string]func(testing.TB){
	"by itself": func(t testing.TB) { works(t, shell("true")) },
	"a limit": func(t testing.TB) {
		run(t, shell("sleep 9"), limited(func(l *spec.Limits) { l.Wall = spec.Seconds(0.01) }))
	},
	"its output": func(t testing.TB) { run(t, attack("yes"), limited(func(l *spec.Limits) { l.Output = 1000 })) },
	"no command": func(t testing.TB) { run(t, command("/nonexistent")) },
	"no source":  func(t testing.TB) { run(t, shell("true"), mounted(bind("/nonexistent", "/x"))) },
	"a mistake":  func(t testing.TB) { run(t, shell("true"), limited(func(l *spec.Limits) { l.CPUs = -1 })) },
	"as process 1": func(t testing.TB) {
		works(t, shell("true"), func(s *sandbox.Spec) { s.AsPID1 = true })
	},
	"the context": func(t testing.TB) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, _ = sandbox.Run(ctx, box(t, shell("sleep 9")), sandbox.IO{}) // too late or not
	},
	"the name": func(t testing.TB) {
		s := box(t, shell("sleep 9"), named(newName()))
		b := startUnwatched(t, s)
		if _, err := sandbox.Start(t.Context(), s, sandbox.IO{}); err == nil {
			t.Error("two sandboxes have one name")
		}
		other, err := sandbox.Open(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		other.Close()
		_ = b.Kill()
		end(t, b)
	},
	"exec": func(t testing.TB) {
		b := startUnwatched(t, box(t, shell("sleep 9")))
		execute(t, b, "true")
		if _, err := b.StartExec(sandbox.ExecSpec{Command: []string{"sleep", "9"}}, sandbox.IO{}); err != nil {
			t.Error(err) // that nobody waits for
		}
		_ = b.Kill()
		end(t, b)
	},
	"frozen": func(t testing.TB) {
		b := startUnwatched(t, box(t, shell("sleep 9")))
		_ = b.Freeze() // where there are no cgroups it cannot
		_ = b.Stop(time.Millisecond)
		end(t, b)
	},
	"everybody at once": everybody,
}

func startUnwatched(t testing.TB, s *sandbox.Spec) *sandbox.Sandbox {
	t.Helper()
	b, err := sandbox.Start(t.Context(), s, sandbox.IO{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// everybody calls everything from as many goroutines.
func everybody(t testing.TB) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b, err := sandbox.Start(ctx, box(t, shell("sleep 9")), sandbox.IO{})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, call := range []func(){
		func() { _, _ = b.Wait() },
		func() { _, _ = b.Stats() },
		func() { _ = b.Signal(syscall.SIGCONT) },
		func() { _ = b.Freeze() },
		func() { _ = b.Thaw() },
		func() { _, _ = b.Exec(ctx, sandbox.ExecSpec{Command: []string{"true"}}, sandbox.IO{}) },
		func() { _ = b.Info() },
		func() { time.Sleep(5 * time.Millisecond); _ = b.Stop(time.Millisecond) },
		func() { time.Sleep(5 * time.Millisecond); _ = b.Kill() },
		func() { time.Sleep(5 * time.Millisecond); cancel() },
		b.Close,
	} {
		all.Go(call)
	}
	all.Wait()
	end(t, b)
}

// Hundreds of sandboxes, begun and ended in every way, leave this process and the host as they were.
func TestNoWayOutLeaks(t *testing.T) {
	boxtest.RequireUserns(t)
	for _, way := range waysOut { // what is made once is made now
		way(t)
	}
	before := boxtest.Look()
	descriptors, goroutines := held(t)
	for name, way := range waysOut {
		for range 20 {
			way(t)
		}
		deadline := time.Now().Add(boxtest.Patience(5 * time.Second))
		now, running := held(t)
		for (len(now) > len(descriptors) || running > goroutines+20) && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
			now, running = held(t)
		}
		if len(now) > len(descriptors) {
			t.Errorf("%s: %d descriptors became %d: %s", name, len(descriptors), len(now), strings.Join(now, " "))
		}
		// The threads that create sandboxes are kept; see internal/launch.
		if running > goroutines+20 {
			t.Errorf("%s: %d goroutines became %d", name, goroutines, running)
		}
	}
	before.NothingLeft(t)
}

// Whoever opens a sandbox and lets go of it at once hangs neither itself nor a processor.
func TestOpenAndCloseAtOnce(t *testing.T) {
	s := box(t, shell("sleep 60"), named(newName()))
	start(t, s, sandbox.IO{})
	for range 200 {
		b, err := sandbox.Open(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		closed := make(chan struct{})
		go func() { b.Close(); close(closed) }()
		reuse, err := os.Open("/dev/null") // it may get the number of the descriptor that is closed
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-closed:
		case <-time.After(boxtest.Patience(5 * time.Second)):
			t.Fatal("Close hangs")
		}
		reuse.Close()
	}
}

// An added program can be waited for by several, and late: its figures are those of its end.
func TestWaitForAnAddedProgramTwiceAndLate(t *testing.T) {
	b := start(t, box(t, shell("sleep 60")), sandbox.IO{})
	p, err := b.StartExec(sandbox.ExecSpec{Command: []string{"/bin/sh", "-c", "exit 7"}}, sandbox.IO{})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	for range 2 {
		if r, err := p.Wait(); err != nil || r.ExitCode != 7 || r.WallSeconds > 0.9 {
			t.Errorf("ended with %+v (%v)", r, err)
		}
	}
}

// What a Sandbox tells of itself is a copy.
func TestInfoIsACopy(t *testing.T) {
	b := start(t, box(t, shell("sleep 60")), sandbox.IO{})
	b.Info().Spec.Command[0] = "spoilt"
	b.Info().Spec.Limits.Wall = 1
	if s := b.Spec(); s.Command[0] == "spoilt" || s.Limits.Wall == 1 {
		t.Error("whoever gets it can change the sandbox")
	}
}

// The group of a killed launcher goes from every hierarchy, also from those that few limits need.
func TestCollectTakesEveryHierarchy(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	all := cgroup.ProbeFor(cgroup.All)
	if !all.Can().Has(cgroup.CPU | cgroup.Cpuset) {
		t.Skip("needs cgroup-cpu and cgroup-cpuset: only " + all.Can().String() + " can be limited here")
	}
	s := box(t, strictly, attack("sleep"), limited(func(l *spec.Limits) { l.CPUs, l.Cpuset = 0.9, "0" }))
	others, err := cgroup.Leftovers(all)
	if err != nil {
		t.Fatal(err)
	}
	after := 300 * time.Millisecond
	for !killAfter(t, s, after) { // a busy machine starts it later
		if after *= 2; after > boxtest.Patience(5*time.Second) {
			t.Fatal("the launcher was killed before its sandbox ran")
		}
	}
	noneAlive(t)
	collect(t)
	names, err := cgroup.Leftovers(all)
	if err != nil {
		t.Error(err)
	}
	for _, name := range names {
		if !slices.Contains(others, name) {
			t.Errorf("%s is left", name)
		}
	}
}
