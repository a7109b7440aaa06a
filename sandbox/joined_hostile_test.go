package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// TestNobodySlipsInDuringJoin is as for exec, with a program inside that is root
// there and may trace, while other sandboxes are started, too.
func TestNobodySlipsInDuringJoin(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	program, err := filepath.EvalSymlinks(sleep) // a program of many names must be run by this one
	if err != nil {
		t.Fatal(err)
	}
	for _, with := range [][]string{{"pid"}, {"pid", "user"}} {
		b, out := begun(t, box(t, named(newName()), as(0, 0), attack("lurk"), func(s *sandbox.Spec) {
			s.Capabilities, s.Seccomp.Policy = []spec.Capability{"SYS_PTRACE", "SYS_ADMIN", "DAC_OVERRIDE"}, "none"
		}))
		saw := linesOf(out)
		plain := box(t, command("true"))
		stop := meanwhile(t, func() {
			_, _ = sandbox.Run(context.Background(), plain, sandbox.IO{}) // for what it does to our memory
		})
		deadline := time.Now().Add(2 * time.Second)
		for i := 0; i < 60 && time.Now().Before(deadline); i++ {
			if e := run(t, joining(b, with...), as(0, 0), command(sleep, "0.005")); e.ExitCode != 0 || e.fault != nil {
				t.Fatalf("joined: %v", e)
			}
		}
		stop()
		if err := b.Kill(); err != nil {
			t.Fatal(err)
		}
		if met := sawSetUp(t, <-saw, program); met != (len(with) == 2) {
			t.Errorf("%v: it saw into another program: %v", with, met)
		}
	}
}

// A program that may nest cannot lead others into a user namespace of its own making.
func TestJoinsTheUserNamespaceThatWasMadeForIt(t *testing.T) {
	boxtest.RequireProgram(t, "unshare")
	b, out := begun(t, box(t, named(newName()), shell("echo begun; readlink /proc/self/ns/user; sleep 60 & exec unshare -U -r -n sh -c 'echo inside; exec sleep 60'"),
		func(s *sandbox.Spec) { s.Nest = true }))
	made, inside := "", ""
	if n, err := fmt.Fscanf(out, "%s\n%s\n", &made, &inside); n != 2 || inside != "inside" {
		t.Fatalf("the program says %q and %q: %v", made, inside, err)
	}
	for _, with := range [][]string{{"user"}, {"user", "net"}, {"user", "net", "pid"}} {
		if r := inspect(t, joining(b, with...)); r.Namespaces["user"] != made || r.Fields["CapEff"] != "0000000000000000" {
			t.Errorf("%v: in %s with capabilities %s, want %s", with, r.Namespaces["user"], r.Fields["CapEff"], made)
		}
	}
}

// A program that stops or kills whatever appears in its pid namespace holds nobody up who joins that.
func TestJoinBesideOneThatStopsIt(t *testing.T) {
	for _, signal := range []unix.Signal{unix.SIGSTOP, unix.SIGKILL} {
		b, _ := begun(t, box(t, named(newName()), attack("halt", itoa(int(signal))), limited(func(l *spec.Limits) { l.Wall = 0 })))
		met := false
		for deadline := time.Now().Add(boxtest.Patience(20 * time.Second)); !met && time.Now().Before(deadline); {
			began := time.Now()
			c, err := sandbox.Start(context.Background(), box(t, joining(b, "pid", "user"), command("sleep", "60")), sandbox.IO{})
			if took := time.Since(began); took > boxtest.Patience(15*time.Second) {
				t.Errorf("signal %d: it took %v", signal, took)
			}
			if met = err != nil; met {
				t.Logf("after %v: %v", time.Since(began), err)
				var e *sandbox.Error
				if stopped := strings.Contains(err.Error(), "stopped or killed"); !errors.As(err, &e) || stopped && !strings.Contains(e.Hint, "bulkhead kill "+b.Name()) {
					t.Errorf("got %#v", err)
				}
				continue
			}
			if err := c.Kill(); err != nil {
				t.Error(err)
			}
			_, _ = c.Wait()
		}
		if !met {
			t.Errorf("signal %d: the program inside was never fast enough", signal)
		}
		works(t, command("true")) // nothing of ours is held up
		if err := b.Kill(); err != nil {
			t.Error(err)
		}
	}
}
