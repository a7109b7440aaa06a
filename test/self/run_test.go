package self

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

const inside = "/hostile/hostile"

func TestMain(m *testing.M) {
	os.Setenv("BULKHEAD_SELF_SECRET", "not for inside") // environment has to notice it
	os.Exit(boxtest.Main(m, func() {
		boxtest.Build()
		s := sandbox.Spec{Command: []string{"true"}, AllowDrop: []spec.Protection{spec.ProtectionCgroup}}
		for _, s.AsPID1 = range []bool{false, true} { // what is made once stays
			_, _ = sandbox.Run(context.Background(), &s, sandbox.IO{}) // where it cannot work, the tests say why
		}
		s.AsPID1 = false
		if pool, err := sandbox.NewPool(context.Background(), &s, sandbox.PoolOptions{Size: 1}); err == nil {
			pool.Close()
		}
	}))
}

// base is the zero Spec with the hostile program in view.
func base(t testing.TB) spec.Spec {
	return spec.Spec{
		Command: []string{inside, "self"}, Workdir: "/",
		Mounts:    []spec.Mount{{Type: spec.MountBind, Source: filepath.Dir(boxtest.Hostile(t)), Target: "/hostile"}},
		Limits:    spec.Limits{Wall: spec.Seconds(60)},
		AllowDrop: []spec.Protection{spec.ProtectionCgroup},
	}
}

// outside is the report of a child of ours without a sandbox.
var outside = sync.OnceValues(func() (Report, error) {
	var r Report
	text, err := exec.Command(hostile, "self").Output()
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
})

// hostile is the path of the program outside.
var hostile string

// scene is what the comparison needs to know but for the program's own report.
func scene(t testing.TB, s *spec.Spec) *Scene {
	t.Helper()
	boxtest.RequireUserns(t)
	hostile = boxtest.Hostile(t)
	out, err := outside()
	if err != nil {
		t.Fatalf("the report from outside: %v", err)
	}
	resolved, err := s.Resolve(here(t))
	if err != nil {
		t.Fatalf("resolve: %v", err)
	}
	return &Scene{Asked: resolved.WithDefaults(), Root: boxtest.Root(), Launcher: os.Environ(), Outside: out}
}

// here is where the launcher is.
func here(t testing.TB) spec.Place {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return spec.Place{Dir: dir, Home: os.Getenv("HOME"), Files: os.DirFS("/")}
}

// way is how a program gets into a sandbox.
type way func(t testing.TB, s *spec.Spec) *Scene

// channel is how the hostile program is talked to: it tells, and ends when it is told to.
type channel struct {
	t       testing.TB
	streams sandbox.IO
	in, out *os.File
}

func newChannel(t testing.TB) *channel {
	t.Helper()
	inR, inW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &channel{t, sandbox.IO{Stdin: inR, Stdout: outW, Stderr: outW}, inW, outR}
	t.Cleanup(func() {
		for _, f := range []*os.File{inR, inW, outR, outW} {
			f.Close()
		}
	})
	if err := outR.SetReadDeadline(time.Now().Add(boxtest.Patience(20 * time.Second))); err != nil {
		t.Fatal(err)
	}
	return c
}

// hear reads the report. A program with a terminal uses that.
func (c *channel) hear(terminal *os.File) (r Report) {
	c.t.Helper()
	from := c.out
	if terminal != nil {
		from = terminal
	}
	line, err := bufio.NewReader(from).ReadString('\n')
	if err == nil {
		err = json.Unmarshal([]byte(line), &r)
	}
	if err != nil {
		c.t.Fatalf("the report: %v: %q", err, line)
	}
	return r
}

// dismiss lets the program end, by the end of its input: for a terminal that is a character.
func (c *channel) dismiss(typed bool, terminal *os.File) {
	to := c.in
	if terminal != nil {
		to = terminal
	}
	if typed {
		_, _ = to.Write([]byte{4}) // one that has ended does not read it
	}
	c.in.Close()
}

func begin(t testing.TB, s *spec.Spec, c *channel) *sandbox.Sandbox {
	t.Helper()
	b, err := sandbox.Start(context.Background(), s, c.streams)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() { _ = b.Kill(); <-b.Done() })
	return b
}

// watch looks at a running program, from inside and outside, and lets it end.
func (s *Scene) watch(c *channel, terminal *os.File) {
	c.t.Helper()
	s.Inside = c.hear(terminal)
	if s.Cgroups = s.cgroupsOutside(); s.Cgroups == "" {
		c.t.Error("the program is not found among the host's processes")
	}
	c.dismiss(s.Asked.Terminal, terminal)
}

// cgroupsOutside finds the program among the host's processes, by its namespace and number there, and tells its groups.
func (s *Scene) cgroupsOutside() string {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		if ns, err := os.Readlink(dir + "/ns/pid"); err != nil || ns != s.Inside.Namespaces["pid"] {
			continue
		}
		status, _ := os.ReadFile(dir + "/status") // it may have ended
		if strings.Contains(string(status), fmt.Sprintf("\t%d\nNSpgid:", s.Inside.PID)) {
			text, _ := os.ReadFile(dir + "/cgroup")
			return string(text)
		}
	}
	return ""
}

// started is a program that a launcher waits for.
func started(t testing.TB, s *spec.Spec) *Scene {
	t.Helper()
	about, c := scene(t, s), newChannel(t)
	b := begin(t, s, c)
	about.Dropped = b.Dropped()
	about.watch(c, b.Terminal())
	ended(t, b)
	return about
}

func ended(t testing.TB, b *sandbox.Sandbox) {
	t.Helper()
	if r, err := b.Wait(); err != nil || r.Status != spec.Exited || r.ExitCode != 0 {
		t.Errorf("it ended with %+v: %v", r, err)
	}
}

// detached is a program that nobody watches. What it prints on a terminal is heard from the log.
func detached(t testing.TB, s *spec.Spec) *Scene {
	t.Helper()
	about, c := scene(t, s), newChannel(t)
	s.Name = boxtest.NamePrefix() + "detached"
	running, done := make(chan *sandbox.Sandbox, 1), make(chan error, 1)
	c.streams.Started = func(b *sandbox.Sandbox) { running <- b }
	go func() {
		_, err := sandbox.Supervise(context.Background(), s, c.streams, sandbox.Afterwards{Forget: true})
		done <- err
	}()
	select {
	case b := <-running:
		if s.Terminal {
			go sandbox.Logs(context.Background(), b.Name(), sandbox.LogOptions{Follow: true}, c.streams.Stdout, c.streams.Stderr)
		}
		about.Dropped = b.Dropped()
		about.watch(c, nil)
	case err := <-done:
		t.Fatalf("supervise: %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("supervise: %v", err)
	}
	return about
}

// pooled is the second program that a kept sandbox of a Pool runs.
func pooled(t testing.TB, s *spec.Spec) *Scene {
	t.Helper()
	about, c := scene(t, s), newChannel(t)
	pool, err := sandbox.NewPool(context.Background(), s, sandbox.PoolOptions{Size: 1})
	if err != nil {
		t.Fatalf("pool: %v", err)
	}
	defer pool.Close()
	job := sandbox.Job{Command: s.Command}
	if r, err := pool.Run(context.Background(), job, sandbox.IO{}); err != nil || r.ExitCode != 0 {
		t.Fatalf("the first run ended with %+v: %v", r, err)
	}
	running, done := make(chan *sandbox.Sandbox, 1), make(chan error, 1)
	c.streams.Started = func(b *sandbox.Sandbox) { running <- b }
	go func() {
		_, err := pool.Run(context.Background(), job, c.streams)
		done <- err
	}()
	select {
	case b := <-running:
		about.Dropped = b.Dropped()
		about.watch(c, nil)
	case err := <-done:
		t.Fatalf("the second run: %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("the second run: %v", err)
	}
	return about
}

// added is one more program in a running sandbox.
func added(t testing.TB, s *spec.Spec) *Scene {
	t.Helper()
	about, first := scene(t, s), newChannel(t)
	b := begin(t, s, first)
	first.hear(b.Terminal())
	c := newChannel(t)
	p, err := b.StartExec(sandbox.ExecSpec{Command: s.Command, Terminal: s.Terminal}, c.streams)
	if err != nil {
		t.Fatalf("exec: %v", err)
	}
	about.Dropped = b.Dropped()
	about.watch(c, p.Terminal())
	if r, err := p.Wait(); err != nil || r.ExitCode != 0 {
		t.Errorf("it ended with %+v: %v", r, err)
	}
	first.dismiss(s.Terminal, b.Terminal())
	ended(t, b)
	return about
}

// beside joins a running sandbox by these kinds of namespace.
func beside(kinds ...string) way {
	return func(t testing.TB, s *spec.Spec) *Scene {
		t.Helper()
		other := base(t)
		other.Name = boxtest.NamePrefix() + "other"
		c := newChannel(t)
		b := begin(t, &other, c)
		theirs := c.hear(nil)
		for _, kind := range kinds {
			*field(&s.Namespaces, kind) = spec.Namespace("sandbox:" + b.Name())
		}
		about := started(t, s)
		about.Joined = theirs.Namespaces
		c.dismiss(false, nil)
		ended(t, b)
		return about
	}
}

func field(n *spec.Namespaces, kind string) *spec.Namespace {
	return map[string]*spec.Namespace{
		"user": &n.User, "pid": &n.PID, "mnt": &n.Mount, "net": &n.Net, "ipc": &n.IPC, "uts": &n.UTS, "cgroup": &n.Cgroup, "time": &n.Time,
	}[kind]
}
