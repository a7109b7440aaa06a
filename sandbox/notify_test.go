package sandbox

import (
	"context"
	"errors"
	"io"
	"os"
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

// TestNotifyAndNoSuchProgram: a start that fails under a supervisor's filter ends, though nobody answers yet.
func TestNotifyAndNoSuchProgram(t *testing.T) {
	s := &Spec{Command: []string{"/nosuchprogram"}, AllowDrop: []spec.Protection{"cgroup"}}
	s.Seccomp.Policy, s.Seccomp.Rules = "none", []string{"default notify", "allow sendmsg execve exit_group"}
	if box, err := Start(context.Background(), s, IO{}); !errors.Is(err, unix.ENOENT) {
		t.Errorf("started %v, %v", box, err)
	}
}

// TestReadNotice answers each way, sees the program's end, and does not mistake another's call for its own.
func TestReadNotice(t *testing.T) {
	receive, output, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer receive.Close()
	s := &Spec{Command: []string{"sh", "-c", "mkdir /tmp/a && ls -d /tmp/a; mkdir /tmp/b && ls -d /tmp/b || echo none; mkdir /tmp/c || echo refused"}}
	s.Seccomp.Rules = []string{"notify mkdir mkdirat"}
	s.AllowDrop = []spec.Protection{"cgroup"}
	box, err := Start(context.Background(), s, IO{Stdout: output})
	output.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer box.Listener().Close()
	answers := []func(*Notice) error{(*Notice).Continue, func(n *Notice) error { return n.Return(0) }, func(n *Notice) error { return n.Refuse(unix.EROFS) }}
	for i, answer := range answers {
		n, err := ReadNotice(box.Listener())
		if err != nil {
			t.Fatal(err)
		}
		if !n.Valid() || n.PID == 0 {
			t.Errorf("call %d: %+v", i, n)
		}
		if err := answer(n); err != nil {
			t.Errorf("call %d: %v", i, err)
		}
		if n.Valid() {
			t.Errorf("call %d still waits", i)
		}
	}
	if _, err := ReadNotice(box.Listener()); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	text, _ := io.ReadAll(receive)
	if _, err := box.Wait(); err != nil || string(text) != "/tmp/a\nnone\nrefused\n" {
		t.Errorf("it printed %q, %v", text, err)
	}
}

// TestNotifyMustLetTheProgramStart refuses policies under which nobody could ever answer.
func TestNotifyMustLetTheProgramStart(t *testing.T) {
	for _, call := range []string{"sendmsg", "execve", "exit_group"} {
		s := &Spec{Command: []string{"true"}, AllowDrop: []spec.Protection{"cgroup"}}
		s.Seccomp.Rules = []string{"notify " + call}
		if _, err := Start(context.Background(), s, IO{}); err == nil {
			t.Errorf("notify %s: started", call)
		}
	}
}
