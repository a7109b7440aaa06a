package sandbox_test

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// The hostile program inside.
const (
	hostileDir = "/hostile"
	hostile    = hostileDir + "/hostile"
)

// change adjusts the Spec of a test.
type change func(*sandbox.Spec)

// box is the default Spec with the hostile program in view.
func box(t testing.TB, changes ...change) *sandbox.Spec {
	t.Helper()
	boxtest.RequireUserns(t)
	s := &sandbox.Spec{
		Mounts:    []spec.Mount{{Type: spec.MountBind, Source: filepath.Dir(boxtest.Hostile(t)), Target: hostileDir}},
		AllowDrop: []spec.Protection{spec.ProtectionCgroup},
		Workdir:   "/",
		Limits:    spec.Limits{Wall: spec.Seconds(60)}, // what hangs fails
	}
	for _, c := range changes {
		c(s)
	}
	return s
}

// strictly takes no excuse: a limit that the host cannot enforce is an error.
func strictly(s *sandbox.Spec) { s.AllowDrop = nil }

// command runs this.
func command(words ...string) change { return func(s *sandbox.Spec) { s.Command = words } }

// attack runs the hostile program with these words.
func attack(words ...string) change { return command(append([]string{hostile}, words...)...) }

// shell runs a script.
func shell(script string) change { return command("/bin/sh", "-c", script) }

func mounted(m ...spec.Mount) change {
	return func(s *sandbox.Spec) { s.Mounts = append(s.Mounts, m...) }
}

func bind(source, target string) spec.Mount {
	return spec.Mount{Type: spec.MountBind, Source: source, Target: target}
}

func bindWritable(source, target string) spec.Mount {
	m := bind(source, target)
	m.Write = true
	return m
}

// limited sets limits.
func limited(set func(*spec.Limits)) change { return func(s *sandbox.Spec) { set(&s.Limits) } }

// ended is how a run ended, with what it printed.
type ended struct {
	sandbox.Result
	out, err string
	fault    error
}

// run runs a Spec to its end.
func run(t testing.TB, changes ...change) ended {
	t.Helper()
	return runSpec(t, box(t, changes...), nil)
}

// runSpec runs a Spec to its end, with stdin or nothing.
func runSpec(t testing.TB, s *sandbox.Spec, stdin *os.File) ended {
	t.Helper()
	out, readOut := drain(t)
	errs, readErr := drain(t)
	result, err := sandbox.Run(context.Background(), s, sandbox.IO{Stdin: stdin, Stdout: out, Stderr: errs})
	out.Close()
	errs.Close()
	return ended{result, readOut(), readErr(), err}
}

// works is run for what must start and end with code 0.
func works(t testing.TB, changes ...change) ended {
	t.Helper()
	e := run(t, changes...)
	if e.fault != nil || e.Status != spec.Exited || e.ExitCode != 0 {
		t.Fatalf("ended with %v", e)
	}
	return e
}

// String is everything that helps to see why a test failed.
func (e ended) String() string {
	text, _ := json.Marshal(e.Result)
	fault := ""
	if e.fault != nil {
		fault = " error: " + e.fault.Error()
	}
	return string(text) + fault + " stdout: " + clip(e.out) + " stderr: " + clip(e.err)
}

func clip(s string) string { return strings.TrimSpace(s[:min(len(s), 2000)]) }

// drain is a pipe for a program to write to, and what came out of it once all its writers are closed.
func drain(t testing.TB) (w *os.File, read func() string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(r)
		r.Close()
		done <- string(text)
	}()
	return w, func() string { return <-done }
}

// start starts a Spec; the test's end is its end.
func start(t testing.TB, s *sandbox.Spec, streams sandbox.IO) *sandbox.Sandbox {
	t.Helper()
	b, err := sandbox.Start(context.Background(), s, streams)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		if err := b.Kill(); err != nil {
			t.Errorf("kill: %v", err)
		}
		<-b.Done()
	})
	return b
}

// meanwhile does something again and again beside the test, until it is told to stop or the test is over.
func meanwhile(t testing.TB, do func()) (stop func()) {
	quit, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-quit:
				return
			default:
				do()
			}
		}
	}()
	stop = sync.OnceFunc(func() {
		close(quit)
		<-stopped
	})
	t.Cleanup(stop)
	return stop
}

// begun starts a hostile program and returns when it says that it has begun.
func begun(t testing.TB, s *sandbox.Spec) (*sandbox.Sandbox, *os.File) {
	t.Helper()
	return begunWith(t, s, nil)
}

// begunWith is begun with a stdin.
func begunWith(t testing.TB, s *sandbox.Spec, stdin *os.File) (*sandbox.Sandbox, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	b := start(t, s, sandbox.IO{Stdin: stdin, Stdout: w, Stderr: os.Stderr})
	w.Close()
	text := make([]byte, len("begun\n"))
	if _, err := io.ReadFull(r, text); err != nil || string(text) != "begun\n" {
		t.Fatalf("the program said %q: %v", text, err)
	}
	return b, r
}

// end waits for a sandbox's end.
func end(t testing.TB, b *sandbox.Sandbox) ended {
	t.Helper()
	r, err := b.Wait()
	return ended{Result: r, fault: err}
}

// report is what the hostile program tells of itself; see test/hostile/status.go.
type report struct {
	PID, PPID, Session, Group int
	Fields, Namespaces        map[string]string
	Mounts                    []string
	FDs                       map[int]string
	Limits                    map[string]string
	Cwd, Root                 string
	Hostname, Domainname      string
	Env                       []string
	Nice                      int
	Monotonic, Boottime       int64
	Cgroups                   string
}

// inspect runs the hostile program's status.
func inspect(t testing.TB, changes ...change) report {
	t.Helper()
	return parseReport(t, works(t, append(changes, attack("status"))...).out)
}

func parseReport(t testing.TB, text string) report {
	t.Helper()
	var r report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v: %s", err, clip(text))
	}
	return r
}

// answer is how the kernel answered an attempt: "ok", or the errno's name.
func answer(t testing.TB, s change, attempt ...string) string {
	t.Helper()
	if s == nil {
		s = func(*sandbox.Spec) {}
	}
	e := run(t, s, attack(append([]string{"try"}, attempt...)...))
	if e.fault != nil || e.Status != spec.Exited {
		t.Fatalf("try %q ended with %v", attempt, e)
	}
	return strings.TrimSpace(e.out)
}

// denied checks that an attempt gets one of these answers.
func denied(t testing.TB, s change, want string, attempt ...string) {
	t.Helper()
	got := answer(t, s, attempt...)
	for w := range strings.SplitSeq(want, "|") {
		if got == w {
			return
		}
	}
	t.Errorf("try %q: %s, want %s", attempt, got, want)
}

// allowed is the positive control of denied.
func allowed(t testing.TB, s change, attempt ...string) {
	t.Helper()
	denied(t, s, "ok", attempt...)
}

var names atomic.Int64

// newName is a name for a sandbox that no other test uses.
func newName() string { return boxtest.NamePrefix() + strconv.FormatInt(names.Add(1), 10) }

func itoa(n int) string { return strconv.Itoa(n) }

func encode(t testing.TB, s *sandbox.Spec) string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
