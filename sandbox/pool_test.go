package sandbox_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// pool is a Pool that the test closes.
func pool(t testing.TB, s *sandbox.Spec, o sandbox.PoolOptions) *sandbox.Pool {
	t.Helper()
	p, err := sandbox.NewPool(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// runIn runs a job and returns its end and its output.
func runIn(t testing.TB, p *sandbox.Pool, job sandbox.Job) ended {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text := make(chan string)
	go func() {
		all, _ := io.ReadAll(r)
		text <- string(all)
	}()
	var e ended
	e.Result, e.fault = p.Run(context.Background(), job, sandbox.IO{Stdout: w, Stderr: w})
	w.Close()
	e.out = <-text
	return e
}

func must(t testing.TB, e ended) string {
	t.Helper()
	if e.fault != nil || e.ExitCode != 0 {
		t.Fatalf("%v, %+v\n%s", e.fault, e.Result, e.out)
	}
	return e.out
}

func hostileJob(words ...string) sandbox.Job {
	return sandbox.Job{Command: append([]string{hostile}, words...)}
}

func TestPoolRunsJobs(t *testing.T) {
	for _, lazy := range []bool{false, true} {
		p := pool(t, box(t), sandbox.PoolOptions{Size: 2, Lazy: lazy})
		for _, code := range []string{"0", "7", "0"} {
			e := runIn(t, p, sandbox.Job{Command: []string{"sh", "-c", `echo "$0 $A $PWD"; exit "$0"`, code}, Env: []string{"A=b"}, Dir: "/tmp"})
			if e.fault != nil || e.out != code+" b /tmp\n" || e.ExitCode != int(code[0]-'0') {
				t.Errorf("lazy %v, %s: %v %+v %q", lazy, code, e.fault, e.Result, e.out)
			}
		}
		e := runIn(t, p, sandbox.Job{Command: []string{"sh", "-c", "kill -SEGV $$"}})
		if e.Signal != "SIGSEGV" || e.ExitCode != 139 {
			t.Errorf("lazy %v: %+v", lazy, e.Result)
		}
	}
}

// Many callers share few places, and each gets the output of its own program.
func TestPoolIsShared(t *testing.T) {
	p := pool(t, box(t), sandbox.PoolOptions{Size: 2})
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 5 {
				word := strings.Repeat("x", i+1)
				if e := runIn(t, p, sandbox.Job{Command: []string{"echo", word}}); e.fault != nil || e.out != word+"\n" {
					t.Errorf("%d: %v %+v %q", i, e.fault, e.Result, e.out)
				}
			}
		})
	}
	wait.Wait()
}

// What goes wrong with a job is told as Run tells it, and the next one is not touched by it.
func TestPoolErrors(t *testing.T) {
	p := pool(t, box(t), sandbox.PoolOptions{Size: 1})
	for _, c := range []struct {
		job  sandbox.Job
		code int
		want string
	}{
		{sandbox.Job{Command: []string{"no-such-command"}}, 127, "no such command"},
		{sandbox.Job{Command: []string{"/etc/passwd"}}, 126, "run /etc/passwd"},
		{sandbox.Job{Command: []string{"true"}, Dir: "/nowhere"}, 125, "working directory"},
		{sandbox.Job{}, 125, "no command"},
		{sandbox.Job{Command: []string{"echo", "a\x00b"}}, 125, "NUL"},
		{sandbox.Job{Command: []string{"true"}, Env: []string{"A"}}, 125, "NAME=VALUE"},
		{sandbox.Job{Command: []string{"true"}, Dir: "tmp"}, 125, "absolute"},
		{sandbox.Job{Command: []string{"true"}, Env: []string{"PATH=" + strings.Repeat("/nowhere:", 20) + "/bin"}}, 125, "PATH has 21 directories"},
		{sandbox.Job{Command: []string{"echo", strings.Repeat("x", 8<<20)}}, 125, "too long"},
	} {
		e := runIn(t, p, c.job)
		if e.fault == nil || e.ExitCode != c.code || !strings.Contains(e.fault.Error(), c.want) {
			t.Errorf("%.60q: %d %v, want %d and %q", c.job.Command, e.ExitCode, e.fault, c.code, c.want)
		}
		if out := must(t, runIn(t, p, sandbox.Job{Command: []string{"echo", "next"}})); out != "next\n" {
			t.Errorf("after it: %q", out)
		}
	}
	p.Close()
	if e := runIn(t, p, sandbox.Job{Command: []string{"true"}}); e.fault == nil || !strings.Contains(e.fault.Error(), "closed") {
		t.Errorf("closed: %v", e.fault)
	}
}

// A Spec that cannot be kept is refused with the reason, and nothing is left.
func TestPoolRefuses(t *testing.T) {
	for name, c := range map[string]change{
		"terminal":           func(s *sandbox.Spec) { s.Terminal = true },
		"process 1":          func(s *sandbox.Spec) { s.AsPID1 = true },
		"nesting":            func(s *sandbox.Spec) { s.Nest = true },
		"net namespace host": func(s *sandbox.Spec) { s.Namespaces.Net = spec.NamespaceHost },
		"overlay":            mounted(spec.Mount{Type: spec.MountOverlay, Source: "/usr/share", Target: "/layer"}),
	} {
		p, err := sandbox.NewPool(context.Background(), box(t, c), sandbox.PoolOptions{Size: 1})
		if err == nil {
			p.Close()
		}
		var e *sandbox.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), name) || e.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPoolLimits(t *testing.T) {
	p := pool(t, box(t, limited(func(l *spec.Limits) { l.Wall = spec.Seconds(0.3) })), sandbox.PoolOptions{Size: 1})
	for range 2 {
		if e := runIn(t, p, sandbox.Job{Command: []string{"sleep", "60"}}); e.Limit != spec.LimitWall || e.WallSeconds > 5 {
			t.Errorf("%v %+v", e.fault, e.Result)
		}
		must(t, runIn(t, p, sandbox.Job{Command: []string{"true"}}))
	}
	p = pool(t, box(t, limited(func(l *spec.Limits) { l.Output = 1000 })), sandbox.PoolOptions{Size: 1})
	for range 2 {
		if e := runIn(t, p, sandbox.Job{Command: []string{"yes"}}); e.Limit != spec.LimitOutput || len(e.out) != 1000 {
			t.Errorf("%v %+v, %d bytes", e.fault, e.Result, len(e.out))
		}
	}
}

// Limits that are narrower than what the set-up needs hold for the program alone.
func TestPoolNarrowLimits(t *testing.T) {
	p := pool(t, box(t, limited(func(l *spec.Limits) { l.OpenFiles = 4 })), sandbox.PoolOptions{Size: 1})
	for range 2 {
		if out := must(t, runIn(t, p, sandbox.Job{Command: []string{"sh", "-c", "ulimit -n"}})); out != "4\n" {
			t.Errorf("open files: %q", out)
		}
	}
}

// The processor time of a run is counted with and without a cgroup, and not that of the one before.
func TestPoolCountsProcessorTime(t *testing.T) {
	p := pool(t, box(t), sandbox.PoolOptions{Size: 1})
	if e := runIn(t, p, hostileJob("burn", "200")); e.CPUSeconds < 0.15 {
		t.Errorf("%v %+v", e.fault, e.Result)
	}
	if e := runIn(t, p, sandbox.Job{Command: []string{"true"}}); e.fault != nil || e.CPUSeconds <= 0 || e.CPUSeconds > boxtest.Patience(100*time.Millisecond).Seconds() {
		t.Errorf("%v %+v", e.fault, e.Result)
	}
}

func TestPoolCgroupLimits(t *testing.T) {
	boxtest.RequireCgroup(t, cgroup.Memory|cgroup.Pids)
	memory := pool(t, box(t, strictly, limited(func(l *spec.Limits) { l.Memory, l.Pids = 48<<20, 32 })), sandbox.PoolOptions{Size: 1})
	p := pool(t, box(t, strictly, limited(func(l *spec.Limits) { l.CPUTime = spec.Seconds(0.2) })), sandbox.PoolOptions{Size: 1})
	for range 3 {
		if e := runIn(t, memory, hostileJob("memory")); e.Limit != spec.LimitMemory {
			t.Errorf("memory: %v %+v %s", e.fault, e.Result, e.out)
		}
		if e := runIn(t, p, hostileJob("spin")); e.Limit != spec.LimitCPU || e.CPUSeconds < 0.2 || e.CPUSeconds > 1 {
			t.Errorf("cpu: %v %+v", e.fault, e.Result)
		}
		for _, p := range []*sandbox.Pool{memory, p} {
			if e := runIn(t, p, sandbox.Job{Command: []string{"true"}}); e.fault != nil || e.Limit != "" || e.CPUSeconds > boxtest.Patience(100*time.Millisecond).Seconds() || e.MemoryPeakBytes > 24<<20 {
				t.Errorf("what the ones before used is told of the next: %v %+v", e.fault, e.Result)
			}
		}
	}
}

// Cancelling the context ends the program, and the sandbox goes on.
func TestPoolCancel(t *testing.T) {
	p := pool(t, box(t), sandbox.PoolOptions{Size: 1})
	for range 3 {
		ctx, cancel := context.WithTimeout(context.Background(), boxtest.Patience(50*time.Millisecond))
		r, err := p.Run(ctx, sandbox.Job{Command: []string{"sleep", "60"}}, sandbox.IO{})
		cancel()
		if err != nil || r.Signal != "SIGKILL" {
			t.Errorf("%v %+v", err, r)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Run(ctx, sandbox.Job{Command: []string{"true"}}, sandbox.IO{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// A job that is cancelled before its process has taken it is not run instead of
// the next one. A lazy pool's takes it only when it has been made, half a millisecond later.
func TestPoolForgetsCancelledJobs(t *testing.T) {
	for _, lazy := range []bool{true, false} {
		p := pool(t, box(t), sandbox.PoolOptions{Size: 1, Lazy: lazy})
		for i := range 40 {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(boxtest.Patience(time.Duration(i%20)*20*time.Microsecond), cancel)
			p.Run(ctx, sandbox.Job{Command: []string{"sleep", "5"}}, sandbox.IO{})
			cancel()
			word := strconv.Itoa(i)
			if e := runIn(t, p, sandbox.Job{Command: []string{"echo", word}}); e.fault != nil || e.out != word+"\n" {
				t.Fatalf("lazy %v: after a cancelled job, %d: %v %+v %q", lazy, i, e.fault, e.Result, e.out)
			}
		}
	}
}

// A file as a stream is at the mode it was given with, also for who opens it anew.
func TestPoolKeepsFilesAtTheirMode(t *testing.T) {
	dir := boxtest.TempDir(t)
	name := filepath.Join(dir, "in")
	if err := os.WriteFile(name, []byte("given\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.CreateTemp(dir, "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := pool(t, box(t), sandbox.PoolOptions{Size: 1})
	job := sandbox.Job{Command: []string{"sh", "-c", "cat; cat /dev/stdin; (echo overwritten >/proc/self/fd/0) 2>/dev/null && echo written; exit 0"}}
	if r, err := p.Run(context.Background(), job, sandbox.IO{Stdin: in, Stdout: out}); err != nil || r.ExitCode != 0 {
		t.Fatal(r, err)
	}
	text, _ := os.ReadFile(name)
	said, _ := os.ReadFile(out.Name())
	if string(text) != "given\n" || !strings.HasPrefix(string(said), "given\n") || strings.Contains(string(said), "written") {
		t.Errorf("the file reads %q, the program said %q", text, said)
	}
}

// Whatever a program leaves, the next one in its place sees what the first one saw.
func TestPoolResidue(t *testing.T) {
	queues := mounted(spec.Mount{Type: spec.MountMqueue, Target: "/dev/mqueue"})
	t.Run("default policy", func(t *testing.T) { leaveAll(t, box(t, queues), 24) })
	t.Run("no policy", func(t *testing.T) {
		leaveAll(t, box(t, queues, func(s *sandbox.Spec) { s.Seccomp.Policy = "none" }), 24)
	})
}

func leaveAll(t *testing.T, s *sandbox.Spec, atLeast int) {
	p := pool(t, s, sandbox.PoolOptions{Size: 1})
	first := must(t, runIn(t, p, hostileJob("view")))
	if len(first) < 4000 || !strings.Contains(first, "status Seccomp 2") {
		t.Fatalf("the view shows too little:\n%s", first)
	}
	kinds := strings.Split(strings.TrimSpace(must(t, runIn(t, p, hostileJob("residue", "list")))), "\n")
	slices.Sort(kinds)
	left := 0
	for _, kind := range kinds {
		if strings.HasSuffix(kind, "keyring") && s.Seccomp.Policy == "none" && !boxtest.Root() {
			continue // the kernel shows keys to all who have the user's id on the host
		}
		e := runIn(t, p, hostileJob("residue", kind))
		if e.fault != nil || e.Limit == spec.LimitWall {
			t.Fatalf("%s: %v %+v", kind, e.fault, e.Result)
		}
		said := strings.TrimSpace(e.out)
		t.Logf("%-22s %s %.1f s", kind, said, e.WallSeconds)
		if strings.HasPrefix(said, "left") {
			left++
		}
		if next := must(t, runIn(t, p, hostileJob("view"))); next != first {
			t.Errorf("%s: the next program sees\n%s", kind, difference(first, next))
		}
	}
	if len(kinds) < 40 || left < atLeast {
		t.Errorf("%d kinds, of which %d could be left", len(kinds), left)
	}
}

// A thousand runs in one place: the last program sees what the first one saw.
func TestPoolThousandthRun(t *testing.T) {
	p := pool(t, box(t), sandbox.PoolOptions{Size: 1})
	first := must(t, runIn(t, p, hostileJob("view")))
	runs := 998
	if testing.Short() {
		runs = 98
	}
	for i := range runs {
		if e := runIn(t, p, sandbox.Job{Command: []string{"true"}}); e.fault != nil || e.ExitCode != 0 {
			t.Fatalf("run %d: %v %+v", i, e.fault, e.Result)
		}
	}
	if last := must(t, runIn(t, p, hostileJob("view"))); last != first {
		t.Errorf("the last run sees\n%s", difference(first, last))
	}
}

// difference lists the lines that only one of two texts has.
func difference(a, b string) string {
	var out strings.Builder
	one, other := strings.Split(a, "\n"), strings.Split(b, "\n")
	for _, l := range one {
		if !slices.Contains(other, l) {
			out.WriteString("- " + l + "\n")
		}
	}
	for _, l := range other {
		if !slices.Contains(one, l) {
			out.WriteString("+ " + l + "\n")
		}
	}
	return out.String()
}

// What the Spec has in a directory that is new for each run is there in every run, and nothing else.
func TestPoolMountsInNewDirectories(t *testing.T) {
	dir := boxtest.TempDir(t)
	if err := os.WriteFile(filepath.Join(dir, "input"), []byte("given\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := pool(t, box(t, mounted(bind(dir, "/tmp/in/data"), bind(filepath.Join(dir, "input"), "/home/user/one"),
		spec.Mount{Type: spec.MountFile, Target: "/tmp/note", Data: "text\n"}, spec.Mount{Type: spec.MountSymlink, Source: "note", Target: "/tmp/link"},
		spec.Mount{Type: spec.MountTmpfs, Target: "/tmp/scratch"})), sandbox.PoolOptions{Size: 1})
	const script = "cat /tmp/in/data/input /home/user/one /tmp/link; ls -A /tmp /tmp/scratch; echo x >/tmp/in/data/x || echo read-only; echo left | tee /tmp/left >/tmp/scratch/left; rm /tmp/note"
	const want = "given\ngiven\ntext\n/tmp:\nin\nlink\nnote\nscratch\n\n/tmp/scratch:\nread-only\n"
	for range 3 {
		if out := must(t, runIn(t, p, sandbox.Job{Command: []string{"sh", "-c", "exec 2>/dev/null; " + script}})); out != want {
			t.Errorf("%q, want %q", out, want)
		}
	}
}

// The Sandbox that IO.Started gets can be used as any other's.
func TestPoolStarted(t *testing.T) {
	p := pool(t, box(t), sandbox.PoolOptions{Size: 1})
	var comm []byte
	r, err := p.Run(context.Background(), sandbox.Job{Command: []string{"sleep", "60"}}, sandbox.IO{Started: func(b *sandbox.Sandbox) {
		comm, _ = os.ReadFile("/proc/" + strconv.Itoa(b.PID()) + "/comm")
		if err := b.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}})
	if err != nil || r.Signal != "SIGTERM" || string(comm) != "bulkhead-init\n" {
		t.Errorf("%v %+v, process 1 is %q", err, r, comm)
	}
}
