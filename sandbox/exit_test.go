package sandbox_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

func TestExitCodes(t *testing.T) {
	for _, code := range []string{"0", "1", "23", "125", "126", "127", "128", "137", "255"} {
		for _, asPID1 := range []bool{false, true} {
			e := run(t, attack("exit", code), func(s *sandbox.Spec) { s.AsPID1 = asPID1 })
			if e.fault != nil || e.Status != spec.Exited || code != itoa(e.ExitCode) || e.Signal != "" || e.Error != nil {
				t.Errorf("exit %s, as pid 1 %v: %v", code, asPID1, e)
			}
		}
	}
}

// Signals end the program as they would outside: it is not process 1.
func TestFatalSignals(t *testing.T) {
	for _, sig := range []struct {
		name   string
		number int
	}{
		{"HUP", 1}, {"INT", 2}, {"ILL", 4}, {"TRAP", 5}, {"ABRT", 6}, {"BUS", 7}, {"FPE", 8}, {"KILL", 9}, {"USR1", 10},
		{"SEGV", 11}, {"USR2", 12}, {"PIPE", 13}, {"ALRM", 14}, {"TERM", 15}, {"XCPU", 24}, {"XFSZ", 25}, {"SYS", 31},
	} {
		e := run(t, shell("kill -"+sig.name+" $$; echo alive"))
		if e.ExitCode != 128+sig.number || e.Signal != "SIG"+sig.name || e.out != "" {
			t.Errorf("SIG%s: %v", sig.name, e)
		}
		if e.Status != spec.Signaled && sig.name != "XCPU" && sig.name != "XFSZ" {
			t.Errorf("SIG%s: status %s", sig.name, e.Status)
		}
	}
}

// A shell may ignore SIGQUIT, as bash and busybox do, so another program gets it.
func TestQuitIsFatal(t *testing.T) {
	b := start(t, box(t, command("sleep", "30")), sandbox.IO{})
	if err := b.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	if e := end(t, b); e.Status != spec.Signaled || e.ExitCode != 131 || e.Signal != "SIGQUIT" {
		t.Errorf("got %v", e)
	}
}

// A signal outside of every table has a name of its kind, and its number in the exit code.
func TestRealTimeSignal(t *testing.T) {
	e := run(t, shell("kill -40 $$"))
	if e.Status != spec.Signaled || e.ExitCode != 168 || e.Signal == "" {
		t.Errorf("got %v", e)
	}
}

// What is measured is about what was used.
func TestMeasures(t *testing.T) {
	e := works(t, shell(hostile+" burn 200; "+hostile+" memory 50; "+hostile+" children 5; sleep 0.1"))
	if e.CPUSeconds < 0.2 || e.CPUSeconds > patient(2) || e.UserSeconds+e.SystemSeconds > e.CPUSeconds*1.1 {
		t.Errorf("processor time: %v", e)
	}
	if e.WallSeconds < 0.25 || e.WallSeconds > patient(10) {
		t.Errorf("wall time: %v", e)
	}
	if !boxtest.Layout().Usable() {
		t.Skip("the peaks need cgroups, which this caller cannot make: " + boxtest.Layout().Why)
	}
	if e.MemoryPeakBytes < 50<<20 || e.MemoryPeakBytes > 200<<20 {
		t.Errorf("peak of memory: %v", e)
	}
	if e.PidsPeak < 7 || e.PidsPeak > 40 {
		t.Errorf("peak of processes: %v", e)
	}
}

// What the host cannot do and the Spec does not insist on is listed; nothing else is.
func TestDroppedIsListed(t *testing.T) {
	e := works(t, command("true"))
	can := boxtest.Layout().Can().Has(boxtest.Memory | boxtest.Pids)
	if can != (len(e.Dropped) == 0) || e.Dropped == nil {
		t.Errorf("limits can be enforced: %v; dropped: %v", can, e.Dropped)
	}
	for _, d := range e.Dropped {
		if d.Protection == "" || d.Reason == "" || d.Hint == "" {
			t.Errorf("a dropped protection without its reason or remedy: %+v", d)
		}
	}
}

// And without consent the missing limit is an error that names it.
func TestNothingIsDroppedSilently(t *testing.T) {
	boxtest.RequireUser(t, "root's limits can be enforced")
	if boxtest.Layout().Can().Has(boxtest.Memory | boxtest.Pids) {
		t.Skip("this caller's limits can be enforced")
	}
	e := run(t, strictly, command("true"))
	if e.Status != spec.SetupFailed || e.ExitCode != 125 || e.Error == nil || e.Error.Hint == "" || e.Error.Object != "memory" {
		t.Errorf("got %v", e)
	}
}

func TestCommandNotFound(t *testing.T) {
	for _, c := range []struct {
		words []string
		code  int
		names string
	}{
		{[]string{"no-such-command"}, 127, "no-such-command"},
		{[]string{"/no/such/file"}, 127, "/no/such/file"},
		{[]string{"/etc/passwd"}, 126, "/etc/passwd"},
		{[]string{"/tmp"}, 126, "/tmp"},
		{[]string{"/etc/passwd/x"}, 127, "/etc/passwd/x"},
	} {
		e := run(t, command(c.words...))
		var err *sandbox.Error
		if !errors.As(e.fault, &err) || e.Status != spec.SetupFailed || e.ExitCode != c.code || err.ExitCode() != c.code {
			t.Errorf("%q: %v", c.words, e)
			continue
		}
		if !strings.Contains(err.Error(), c.names) || e.Error == nil || e.Error.Errno == "" {
			t.Errorf("%q: the error does not name it, or has no errno: %v", c.words, e)
		}
	}
}

func TestMistakesInTheSpec(t *testing.T) {
	for name, s := range map[string]*sandbox.Spec{
		"no command":     {},
		"NUL in command": {Command: []string{"a\x00b"}},
		"bad name":       {Command: []string{"true"}, Name: "../x"},
		"bad target":     {Command: []string{"true"}, Mounts: []spec.Mount{{Type: spec.MountTmpfs, Target: "relative/../path"}}},
	} {
		_, err := sandbox.Run(context.Background(), s, sandbox.IO{})
		if err == nil || strings.Contains(err.Error(), "bug") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCancelKills(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b, err := sandbox.Start(ctx, box(t, attack("stubborn")), sandbox.IO{})
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	e := end(t, b)
	if e.Status != spec.Signaled || e.Signal != "SIGKILL" || e.WallSeconds > patient(2) {
		t.Errorf("got %v", e)
	}
}

func TestCancelledBeforeStart(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := sandbox.Start(ctx, box(t, command("true")), sandbox.IO{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Everything ends with the program, whatever it left running.
func TestOrphansEndWithTheProgram(t *testing.T) {
	before := boxtest.Look()
	e := run(t, attack("orphans", "100", "3"))
	if e.Status != spec.Exited || e.ExitCode != 3 || !strings.Contains(e.out, "left 100") || e.WallSeconds > patient(5) {
		t.Errorf("got %v", e)
	}
	before.NothingLeft(t)
}

func TestProgramThatStopsItsGroup(t *testing.T) {
	e := run(t, attack("stop"), limited(func(l *spec.Limits) { l.Wall = spec.Seconds(0.3) }))
	hits(t, e, spec.LimitWall)
}

func TestProgramThatClosesItsDescriptors(t *testing.T) {
	if e := run(t, attack("closefds", "7")); e.ExitCode != 7 || e.Status != spec.Exited {
		t.Errorf("got %v", e)
	}
}

func TestStop(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep")))
	if err := b.Stop(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	if e := end(t, b); e.Signal != "SIGTERM" || e.WallSeconds > patient(2) {
		t.Errorf("got %v", e)
	}
}

func TestStopKillsAfterTheGrace(t *testing.T) {
	b, out := begun(t, box(t, attack("stubborn")))
	began := time.Now()
	if err := b.Stop(200 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	e := end(t, b)
	if took := time.Since(began); took < 200*time.Millisecond || took > boxtest.Patience(2*time.Second) || e.Signal != "SIGKILL" {
		t.Errorf("after %v: %v", took, e)
	}
	text := make([]byte, 100)
	if n, _ := out.Read(text); string(text[:n]) != "got SIGTERM\n" {
		t.Errorf("the program saw %q, want one SIGTERM", text[:n])
	}
}

// Signals sent to the sandbox reach the program, through init or directly.
func TestSignalsAreForwarded(t *testing.T) {
	for _, asPID1 := range []bool{false, true} {
		for _, sig := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT, syscall.SIGWINCH, syscall.SIGQUIT} {
			b, _ := begun(t, box(t, attack("relay"), func(s *sandbox.Spec) { s.AsPID1 = asPID1 }))
			if err := b.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if e := end(t, b); e.ExitCode != int(sig) || e.Status != spec.Exited {
				t.Errorf("%v, as pid 1 %v: %v", sig, asPID1, e)
			}
		}
	}
}

func TestSignalsAfterTheEnd(t *testing.T) {
	b := start(t, box(t, command("true")), sandbox.IO{})
	end(t, b)
	for _, f := range []func() error{func() error { return b.Signal(syscall.SIGTERM) }, b.Kill, func() error { return b.Stop(time.Second) }} {
		if err := f(); err != nil {
			t.Errorf("after the end: %v", err)
		}
	}
	if _, err := b.Stats(); err == nil {
		t.Error("the counters of an ended sandbox can be read")
	}
}

// The program gets what the caller has, byte for byte.
func TestStandardStreams(t *testing.T) {
	in, err := os.CreateTemp("", boxtest.TempPrefix())
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(in.Name())
	defer in.Close()
	text := "a\x00b\r\n\xff" + strings.Repeat("0123456789", 10000)
	if _, err := in.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	e := runSpec(t, box(t, shell("cat; cat /etc/hostname >&2")), in)
	if e.out != text || e.err != "bulkhead\n" || e.ExitCode != 0 {
		t.Errorf("%d bytes came back, %d went in; stderr %q", len(e.out), len(text), e.err)
	}
}

func TestNilStreamsAreNull(t *testing.T) {
	r, err := sandbox.Run(context.Background(), box(t, shell("cat; echo x; echo y >&2; test -c /dev/stdin")), sandbox.IO{})
	if err != nil || r.ExitCode != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
