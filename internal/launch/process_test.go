package launch

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// sleeper is a process that can be waited for and signalled.
func sleeper(t *testing.T) *Process {
	t.Helper()
	unblock := *step(t, planned(t, nil), "unblock signals")
	unblock.Actor = plan.Builder
	proc, err := Start(byHand(unblock, runs(t, "/bin/sleep", "60")))
	if err != nil {
		t.Fatal(err)
	}
	return proc
}

func TestWaitAndSignal(t *testing.T) {
	proc := sleeper(t)
	began := time.Now()
	if proc.WaitExit(30*time.Millisecond) || time.Since(began) < 30*time.Millisecond {
		t.Errorf("after %v it has ended, they say", time.Since(began))
	}
	if err := proc.Signal(unix.SIGTERM); err != nil {
		t.Error(err)
	}
	if !proc.WaitExit(10 * time.Second) {
		t.Error("the signal did not end it")
	}
	if err := proc.Signal(unix.SIGTERM); err != nil {
		t.Errorf("a signal to one that has ended: %v", err)
	}
	if status, _ := proc.Reap(); status.Signal() != unix.SIGTERM {
		t.Errorf("status %#x", status)
	}
	if err := proc.Signal(unix.SIGTERM); err != nil {
		t.Errorf("a signal to one that is reaped: %v", err)
	}
}

// Whoever has a pidfd can wait for what another has started.
func TestAttach(t *testing.T) {
	proc := sleeper(t)
	defer proc.Kill()
	fd, err := unix.PidfdOpen(proc.PID, 0)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Attach(proc.PID, fd, 5)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if other.PID != proc.PID || other.Started != 5 || other.WaitExit(time.Millisecond) {
		t.Errorf("%+v", other)
	}
	if err := other.Signal(unix.SIGKILL); err != nil || !other.WaitExit(10*time.Second) {
		t.Errorf("not ended, %v", err)
	}
}
