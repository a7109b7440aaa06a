package sandbox_test

import (
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/spec"
)

// late is how much later than its limit a program may be stopped.
var late = boxtest.Patience(50 * time.Millisecond)

// patient is boxtest.Patience in seconds.
func patient(seconds float64) float64 {
	return boxtest.Patience(time.Duration(seconds * float64(time.Second))).Seconds()
}

// hits checks that a limit ended the program, and was named.
func hits(t testing.TB, e ended, limit spec.LimitKind) {
	t.Helper()
	if e.fault != nil || e.Status != spec.LimitHit || e.Limit != limit {
		t.Errorf("want limit %s, got %v", limit, e)
	}
}

// within checks a measured time against its limit, in seconds.
func within(t testing.TB, what string, got float64, limit, slack time.Duration) {
	t.Helper()
	if d := time.Duration(got * 1e9); d < limit || d > limit+slack {
		t.Errorf("%s of %v with a limit of %v: want at most %v more", what, d, limit, slack)
	}
}

func TestWallLimit(t *testing.T) {
	e := run(t, attack("sleep"), limited(func(l *spec.Limits) { l.Wall = spec.Seconds(1) }))
	hits(t, e, spec.LimitWall)
	within(t, "wall time", e.WallSeconds, time.Second, late)
	if e.CPUSeconds > patient(0.5) {
		t.Errorf("a sleeping program used %v s of processor time", e.CPUSeconds)
	}
}

func TestWallLimitWithGrace(t *testing.T) {
	e := run(t, attack("sleep"), limited(func(l *spec.Limits) { l.Wall, l.Grace = spec.Seconds(0.3), spec.Seconds(0.3) }))
	hits(t, e, spec.LimitWall)
	within(t, "wall time", e.WallSeconds, 600*time.Millisecond, late)
}

// A program that ends in the time of grace is not stopped, and the Result still names the limit it passed.
func TestEndWithinGraceStillNamesTheLimit(t *testing.T) {
	e := run(t, attack("sleep", "400"), limited(func(l *spec.Limits) { l.Wall, l.Grace = spec.Seconds(0.2), spec.Seconds(5) }))
	hits(t, e, spec.LimitWall)
	if e.ExitCode != 0 || e.WallSeconds < 0.4 {
		t.Errorf("the program was not left to end: %v", e)
	}
}

func TestCPULimitOfEightThreads(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	e := run(t, strictly, attack("spin", "8"), limited(func(l *spec.Limits) { l.CPUTime = spec.Seconds(1) }))
	hits(t, e, spec.LimitCPU)
	within(t, "processor time", e.CPUSeconds, time.Second, late)
}

// Time used by children that have ended counts, and so does that of processes forked after others.
func TestCPULimitCountsChildren(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	e := run(t, strictly, shell("while :; do "+hostile+" burn 20; done"), limited(func(l *spec.Limits) { l.CPUTime = spec.Seconds(0.5) }))
	hits(t, e, spec.LimitCPU)
	within(t, "processor time", e.CPUSeconds, 500*time.Millisecond, late)
}

func TestCPULimitWithGrace(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	e := run(t, strictly, attack("spin", "1"), limited(func(l *spec.Limits) { l.CPUTime, l.Grace = spec.Seconds(0.2), spec.Seconds(0.2) }))
	hits(t, e, spec.LimitCPU)
	within(t, "processor time", e.CPUSeconds, 400*time.Millisecond, late)
}

func TestIdleLimit(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	idle := limited(func(l *spec.Limits) { l.Idle = spec.Seconds(0.4) })
	e := run(t, strictly, attack("sleep"), idle)
	hits(t, e, spec.LimitIdle)
	within(t, "wall time of an idle program", e.WallSeconds, 400*time.Millisecond, 20*late) // its start may take its time
	// On a busy machine a program may get no processor for longer than that: only
	// what has used it all the time must not be called idle.
	for attempt := 0; ; attempt++ {
		began := time.Now()
		busy := run(t, strictly, attack("burn", "900"), idle)
		if busy.Status == spec.Exited && busy.ExitCode == 0 {
			return
		}
		wall := time.Since(began)
		if starved := busy.CPUSeconds < 0.5*wall.Seconds(); !starved || attempt == 4 {
			t.Fatalf("a busy program: %v, in %v", busy, wall)
		}
		t.Logf("got the processor for %v s of %v: again", busy.CPUSeconds, wall)
	}
}

// A sandbox with a time limit that it does not reach ends as it would without.
func TestTimeLimitsNotReached(t *testing.T) {
	works(t, attack("burn", "50"), limited(func(l *spec.Limits) { l.Wall, l.Grace = spec.Seconds(30), spec.Seconds(1) }))
}
