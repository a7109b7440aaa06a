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
	other := Attach(proc.PID, fd, 5)
	defer other.Close()
	if other.PID != proc.PID || other.Started != 5 || other.WaitExit(time.Millisecond) || other.WaitHere(time.Millisecond) {
		t.Errorf("process %d, started %d, or it has ended", other.PID, other.Started)
	}
	if err := other.Signal(unix.SIGKILL); err != nil || !other.WaitHere(10*time.Second) || !other.WaitExit(10*time.Second) {
		t.Errorf("not ended, %v", err)
	}
}

// Closing ends a wait, whoever closes and whenever.
func TestCloseEndsTheWait(t *testing.T) {
	proc := sleeper(t)
	defer proc.Kill()
	for _, before := range []time.Duration{0, 10 * time.Millisecond} {
		fd, err := unix.PidfdOpen(proc.PID, 0)
		if err != nil {
			t.Fatal(err)
		}
		other, done := Attach(proc.PID, fd, 5), make(chan bool)
		go func() { done <- other.WaitExit(10 * time.Second) }()
		time.Sleep(before)
		other.Close()
		other.Close()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Fatal("it waits on")
		}
		if err := other.Signal(0); err != nil {
			t.Errorf("a signal after closing: %v", err)
		}
	}
}
