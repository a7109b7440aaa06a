package sandbox_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/spec"
)

func withPids(n int64) change { return limited(func(l *spec.Limits) { l.Pids = n }) }

// A fork bomb is stopped, and the host can still make processes meanwhile.
func TestForkBomb(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	for _, kind := range []string{"fork", "vfork"} {
		t.Run(kind, func(t *testing.T) {
			b, _ := begun(t, box(t, strictly, withPids(50), attack("forkbomb", kind), limited(func(l *spec.Limits) { l.Wall = spec.Seconds(40) })))
			if err := exec.Command("true").Run(); err != nil {
				t.Errorf("the host cannot fork: %v", err)
			}
			e := end(t, b)
			hits(t, e, spec.LimitPids)
			if e.PidsPeak > 51 {
				t.Errorf("%d processes with a limit of 50", e.PidsPeak)
			}
			if e.CPUSeconds > patient(10) { // not wall time: on a loaded machine a bomb goes off slowly, too
				t.Errorf("it used %v s of processor time before it was stopped", e.CPUSeconds)
			}
		})
	}
}

// The limit counts the program's processes: init is on top of it.
func TestPidsLimitIsExact(t *testing.T) {
	works(t, withPids(20), attack("children", "8")) // and Go's own threads
	e := run(t, withPids(1), shell("true & wait"))
	if e.ExitCode == 0 {
		t.Errorf("a second process was made with a limit of 1: %v", e)
	}
}

// A program that is refused a process and copes is not taken for a bomb; one that fails for it is.
func TestRefusedForks(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	failed := run(t, strictly, withPids(10), attack("children", "50"))
	if !strings.Contains(failed.out, "fork stopped after") {
		t.Fatalf("no fork was refused: %v", failed)
	}
	hits(t, failed, spec.LimitPids)
	coped := run(t, strictly, withPids(10), shell(hostile+" children 50; exit 0"))
	if coped.Status != spec.Exited || coped.ExitCode != 0 {
		t.Errorf("a program that copes: %v", coped)
	}
}

// Without any cgroup the limit holds too, by RLIMIT_NPROC.
func TestPidsLimitWithoutCgroup(t *testing.T) {
	e := run(t, withPids(10), attack("children", "50"))
	if !strings.Contains(e.out, "fork stopped after") {
		t.Errorf("no fork was refused: %v", e)
	}
}
