package sandbox

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// TestNotifySendsTheListener runs a program one of whose calls waits for a supervisor, and answers.
func TestNotifySendsTheListener(t *testing.T) {
	s := &Spec{Command: []string{"sh", "-c", "mkdir /tmp/asked && echo made"}}
	s.Seccomp.Rules = []string{"notify mkdir mkdirat"}
	s.AllowDrop = []spec.Protection{"cgroup"}
	box, err := Start(context.Background(), s, IO{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Kill()
	if box.Listener() == nil {
		t.Fatal("no listener")
	}
	defer box.Listener().Close()
	fds := []unix.PollFd{{Fd: int32(box.Listener().Fd()), Events: unix.POLLIN}}
	n, err := 0, error(unix.EINTR)
	for deadline := time.Now().Add(5 * time.Second); err == unix.EINTR && time.Now().Before(deadline); {
		n, err = unix.Poll(fds, 5000)
	}
	if n != 1 || err != nil || fds[0].Revents&unix.POLLIN == 0 {
		t.Fatalf("nobody asked within 5 s: poll %d %v", n, err)
	}
}

// TestNotifyMustLetTheProgramStart refuses policies under which nobody could ever answer.
func TestNotifyMustLetTheProgramStart(t *testing.T) {
	for _, call := range []string{"sendmsg", "execve"} {
		s := &Spec{Command: []string{"true"}, AllowDrop: []spec.Protection{"cgroup"}}
		s.Seccomp.Rules = []string{"notify " + call}
		if _, err := Start(context.Background(), s, IO{}); err == nil {
			t.Errorf("notify %s: started", call)
		}
	}
}
