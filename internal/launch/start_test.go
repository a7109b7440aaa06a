package launch

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// started starts a plan that must start, and reaps it.
func started(t *testing.T, p *plan.Plan) unix.WaitStatus {
	t.Helper()
	proc, err := Start(p)
	if err != nil {
		t.Fatal(err)
	}
	status, _ := proc.Reap()
	return status
}

// directory is a step that makes one, so that it can be seen that it was taken.
func directory(t testing.TB, actor plan.Actor, path string) plan.Step {
	s := did("make", made("mkdirat", atCWD(t), text(t, path), count(t, 0o755)))
	s.Actor = actor
	return s
}

// fails is a step that fails with ENOENT.
func fails(t testing.TB, actor plan.Actor) plan.Step {
	s := directory(t, actor, "/no/such/directory")
	s.Does, s.Object = "fail", "on purpose"
	return s
}

func exists(path string) bool { return unix.Access(path, 0) == nil }

func TestStartRunsTheCommand(t *testing.T) {
	if status := started(t, byHand(runs(t, "/bin/sh", "-c", "exit 7"))); status.ExitStatus() != 7 {
		t.Errorf("status %#x", status)
	}
}

// The launcher's steps come first, the builder's next, and the last ones when the command runs.
func TestStartTakesStepsByActor(t *testing.T) {
	dir := t.TempDir()
	p := byHand(
		directory(t, plan.After, dir+"/l/b/a"), // out of order on purpose: each has its time
		runs(t, "/bin/true"),
		directory(t, plan.Launcher, dir+"/l"))
	p.Steps = append([]plan.Step{directory(t, plan.Builder, dir+"/l/b")}, p.Steps...)
	if status := started(t, p); status.ExitStatus() != 0 || !exists(dir+"/l/b/a") {
		t.Errorf("status %#x, all made: %t", status, exists(dir+"/l/b/a"))
	}
}

// A failure names its own step and call, whoever took it, and nothing is left.
func TestStartReportsTheFailedStep(t *testing.T) {
	for _, actor := range []plan.Actor{plan.Launcher, plan.Builder, plan.After} {
		scene := boxtest.Look()
		p := byHand(runs(t, "/bin/sleep", "60"))
		p.Steps = append([]plan.Step{fails(t, actor)}, p.Steps...)
		if actor == plan.After {
			p.Steps[0], p.Steps[1] = p.Steps[1], p.Steps[0]
		}
		proc, err := Start(p)
		var e *StepError
		if proc != nil || !errors.As(err, &e) || !errors.Is(err, unix.ENOENT) {
			t.Fatalf("%s: %v, %v", actor, proc, err)
		}
		if e.Step.Does != "fail" || e.Step.Actor != actor || e.Call != &e.Step.Calls[0] || !strings.HasPrefix(err.Error(), "fail on purpose: mkdirat: no such file") {
			t.Errorf("%s: %v from %s %s", actor, err, e.Step.Actor, e.Step.Does)
		}
		scene.NothingLeft(t)
	}
}

func TestStartReportsAFailedExec(t *testing.T) {
	_, err := Start(byHand(runs(t, "/no/such/program")))
	var e *StepError
	if !errors.As(err, &e) || !e.Step.Exec || e.Errno != unix.ENOENT || e.Call.Name != "execve" {
		t.Errorf("%v", err)
	}
}

// What a child of the builder fails at is told as its step, and both are gone.
func TestStartReportsAChildsFailure(t *testing.T) {
	scene := boxtest.Look()
	// With ids that are mapped elsewhere the program is born into no namespace of its own.
	fork := *step(t, planned(t, func(s *spec.Spec, _ *plan.Run) {
		s.User.UIDMap = []spec.IDMap{{Inside: 0, Outside: 5000, Count: 2000}}
		s.User.GIDMap = s.User.UIDMap
	}), "start the program")
	_, err := Start(byHand(fork, fails(t, plan.Program), runs(t, "/bin/sleep", "60")))
	var e *StepError
	if !errors.As(err, &e) || e.Step.Actor != plan.Program || e.Step.Does != "fail" {
		t.Errorf("%v", err)
	}
	scene.NothingLeft(t)
}

func TestHint(t *testing.T) {
	s := &plan.Step{Hints: []plan.Hint{{Errno: unix.EPERM, Text: "perm"}, {Text: "any"}, {Errno: unix.ENOENT, Text: "none"}, {Text: "other"}}}
	for errno, want := range map[unix.Errno]string{unix.EPERM: "perm", unix.ENOENT: "none", unix.EIO: "any"} {
		if got := (&StepError{Step: s, Errno: errno}).Hint(); got != want {
			t.Errorf("hint for %v is %q, want %q", errno, got, want)
		}
	}
	if got := (&StepError{Step: &plan.Step{}, Errno: unix.EIO}).Hint(); got != "" {
		t.Errorf("hint of a step without: %q", got)
	}
}

func TestUnknownCallIsOurMistake(t *testing.T) {
	for _, actor := range []plan.Actor{plan.Launcher, plan.Builder} {
		s := did("try", made("no_such_call"))
		s.Actor = actor
		if _, err := Start(byHand(s, runs(t, "/bin/true"))); err == nil || !strings.HasPrefix(err.Error(), "bug: ") {
			t.Errorf("%s: %v", actor, err)
		}
	}
}

// The kernel writes the pidfd while our goroutine waits, and the collector may move its stack meanwhile.
func TestPidFDIsReportedThoughStacksMove(t *testing.T) {
	const naps = 300
	stop := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC() // shrinks the stacks of those who wait
			}
		}
	})
	p := byHand(runs(t, "/bin/true"))
	for range naps {
		group.Go(func() { deepStart(t, p) })
		if t.Failed() {
			break
		}
		runtime.Gosched()
	}
	close(stop)
	group.Wait()
}

// startsAtOnce limits how many processes there are at a time.
var startsAtOnce = make(chan struct{}, 8)

// deepStart starts on a stack that has been large and is hardly used, the kind that is shrunk.
func deepStart(t *testing.T, p *plan.Plan) {
	startsAtOnce <- struct{}{}
	defer func() { <-startsAtOnce }()
	grow(200)
	proc, err := Start(p)
	if err != nil {
		t.Error(err)
		return
	}
	if !isPidFD(proc.PidFD) {
		t.Errorf("pidfd of %d is %d, which is none", proc.PID, proc.PidFD)
	}
	proc.Reap()
}

func grow(n int) byte {
	var room [1024]byte
	if n > 0 {
		room[n] = grow(n - 1)
	}
	return room[n]
}

func isPidFD(fd int) bool {
	link, err := os.Readlink(filepath.Join("/proc/self/fd", itoa(fd)))
	return err == nil && strings.Contains(link, "pidfd")
}
