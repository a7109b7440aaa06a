package sandbox_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// A program inside that stops, or kills, whatever joins it before that has
// started: the launcher gets an error, soon or in three seconds, and does not hang.
func TestExecBesideOneThatStopsIt(t *testing.T) {
	for name, c := range map[string]struct {
		signal  unix.Signal
		slowest time.Duration
		shared  bool
	}{
		"stopped":                  {unix.SIGSTOP, 6 * time.Second, false},
		"killed":                   {unix.SIGKILL, 5 * time.Second, false},
		"stopped with shared PIDs": {unix.SIGSTOP, 6 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := box(t, attack("halt", itoa(int(c.signal))), limited(func(l *spec.Limits) { l.Wall = 0 }))
			if c.shared {
				boxtest.RequireRoot(t, "another user's program shares its launcher's id, and may stop all that is theirs")
				s.Namespaces.PID = spec.NamespaceHost
			}
			b, _ := begun(t, s)
			for deadline := time.Now().Add(boxtest.Patience(20 * time.Second)); time.Now().Before(deadline); {
				if err := execHalted(t, b, boxtest.Patience(c.slowest)); err != nil {
					works(t, command("true")) // nothing of ours is held up
					return
				}
			}
			t.Error("the program inside was never fast enough")
		})
	}
}

// execHalted tries to join, and returns how that failed, if it did.
func execHalted(t *testing.T, b *sandbox.Sandbox, slowest time.Duration) error {
	t.Helper()
	began := time.Now()
	p, err := b.StartExec(sandbox.ExecSpec{Command: []string{hostile, "exit"}}, sandbox.IO{})
	if took := time.Since(began); took > slowest {
		t.Errorf("it took %v", took)
	}
	if err == nil { // stopped or killed later, or not at all
		if err := p.Signal(syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		_, _ = p.Wait()
		return nil
	}
	t.Logf("after %v: %v", time.Since(began), err)
	var e *sandbox.Error
	if !errors.As(err, &e) || e.Kind != sandbox.SetupFailed || e.ExitCode() != 125 || !strings.Contains(e.Hint, "bulkhead kill "+b.Name()) {
		t.Errorf("got %#v", err)
	}
	if !strings.Contains(err.Error(), "stopped or killed") {
		t.Errorf("got %v", err)
	}
	return err
}
