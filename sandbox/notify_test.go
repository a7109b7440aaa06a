package sandbox

import (
	"context"
	"testing"
	"time"

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
	if !over(int(box.Listener().Fd()), 5*time.Second) {
		t.Fatal("nobody asked within 5 s")
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
