package sandbox_test

import (
	"context"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// execute runs one more program in a sandbox.
func execute(t testing.TB, b *sandbox.Sandbox, words ...string) ended {
	t.Helper()
	return executeWith(t, b, nil, words...)
}

// executeWith is execute with a stdin.
func executeWith(t testing.TB, b *sandbox.Sandbox, stdin *os.File, words ...string) ended {
	t.Helper()
	out, readOut := drain(t)
	errs, readErr := drain(t)
	r, err := b.Exec(context.Background(), sandbox.ExecSpec{Command: words}, sandbox.IO{Stdin: stdin, Stdout: out, Stderr: errs})
	out.Close()
	errs.Close()
	return ended{r, readOut(), readErr(), err}
}

// confined are the Specs whose walls a second program must find all standing.
func confined(t testing.TB) map[string]*sandbox.Spec {
	dir := boxtest.TempDir(t)
	set := func(f change) *sandbox.Spec { return box(t, f) }
	specs := map[string]*sandbox.Spec{
		"default": set(func(*sandbox.Spec) {}),
		"strict": set(func(s *sandbox.Spec) {
			p, _ := spec.Profile("strict")
			p.Mounts, p.AllowDrop, p.Workdir = s.Mounts, s.AllowDrop, "/"
			p.Limits.Output = 0 // with a cap we would have to keep our end of the pipe
			*s = p
		}),
		"root inside": set(func(s *sandbox.Spec) {
			zero := uint32(0)
			s.User.UID = &zero
		}),
		"with capabilities": set(func(s *sandbox.Spec) { s.Capabilities = []spec.Capability{"NET_ADMIN", "NET_BIND_SERVICE"} }),
		"with mounts":       set(mounted(bindWritable(dir, "/data"), spec.Mount{Type: spec.MountTmpfs, Target: "/scratch"})),
		"as pid 1":          set(func(s *sandbox.Spec) { s.AsPID1 = true }),
		"nesting":           set(func(s *sandbox.Spec) { s.Nest = true }),
		"scheduling":        set(func(s *sandbox.Spec) { s.Scheduling = spec.Scheduling{Nice: 5, Affinity: "0"}; s.NoASLR = true }),
		"host network":      set(func(s *sandbox.Spec) { s.Namespaces.Net = spec.NamespaceHost }),
		"umask": set(func(s *sandbox.Spec) {
			mask := spec.FileMode(0o077)
			s.Umask = &mask
		}),
	}
	if boxtest.SharedClocks() {
		specs["shifted clocks"] = set(func(s *sandbox.Spec) { s.Clock.Boottime, s.Clock.Monotonic = spec.Seconds(100000), spec.Seconds(50000) })
	}
	if boxtest.Root() {
		specs["Landlock"] = set(func(s *sandbox.Spec) {
			s.Landlock.Mode = "on"
			s.AllowDrop = append(s.AllowDrop, spec.ProtectionLandlock)
		})
	}
	return specs
}

// TestExecIsConfinedAlike compares what the first program and a second one see of themselves.
func TestExecIsConfinedAlike(t *testing.T) {
	for name, s := range confined(t) {
		t.Run(name, func(t *testing.T) {
			s.Command = []string{"/bin/sh", "-c", hostile + " status; exec " + hostile + " sleep"}
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			b := start(t, s, sandbox.IO{Stdout: w, Stderr: w})
			w.Close()
			first := parseReport(t, readLine(t, r))
			e := execute(t, b, hostile, "status")
			if e.ExitCode != 0 || e.fault != nil {
				t.Fatalf("exec: %v", e)
			}
			alike(t, first, parseReport(t, e.out))
		})
	}
}

// An orphan from a pid namespace further in has a lower number there than the program has: it is not taken for it.
func TestExecFindsTheProgramBesideForeignOrphans(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b := start(t, box(t, shell(`unshare -Ur --pid sh -c 'sleep 60 >/dev/null & sleep 60 >/dev/null & readlink /proc/$$/ns/user'; readlink /proc/self/ns/user; exec sleep 60`),
		func(s *sandbox.Spec) { s.Nest = true }), sandbox.IO{Stdout: w, Stderr: w})
	w.Close()
	further, own := readLine(t, r), readLine(t, r)
	if !strings.HasPrefix(further, "user:[") || further == own {
		t.Fatalf("no namespace further in: %q, %q", further, own)
	}
	if e := execute(t, b, "/bin/sh", "-c", "readlink /proc/self/ns/user"); e.out != own+"\n" {
		t.Errorf("exec went to %q, not to %q: %v", e.out, own, e)
	}
}

func readLine(t testing.TB, r *os.File) string {
	t.Helper()
	var line []byte
	one := make([]byte, 1)
	for {
		if _, err := r.Read(one); err != nil {
			t.Fatalf("after %q: %v", line, err)
		}
		if one[0] == '\n' {
			return string(line)
		}
		line = append(line, one[0])
	}
}

// alike compares two reports in everything but numbers of processes, and the
// time namespace, which is another one with the same clocks.
func alike(t *testing.T, first, second report) {
	t.Helper()
	for _, r := range []*report{&first, &second} {
		delete(r.Fields, "NSpid")
		delete(r.Namespaces, "time")
		delete(r.Namespaces, "time_for_children")
		r.PID, r.PPID, r.Session, r.Group = 0, 0, 0, 0
		for i, one := range r.FDs {
			r.FDs[i], _, _ = strings.Cut(one, ":") // "pipe", whichever
		}
		r.Env = slices.DeleteFunc(r.Env, func(kv string) bool {
			name, _, _ := strings.Cut(kv, "=")
			return name == "_" || name == "OLDPWD" || name == "SHLVL" // of the shell that started the first
		})
		slices.Sort(r.Env)
	}
	for _, clock := range [][2]int64{{first.Monotonic, second.Monotonic}, {first.Boottime, second.Boottime}} {
		if d := clock[1] - clock[0]; d < 0 || d > 30 {
			t.Errorf("the clocks differ by %d s", d)
		}
	}
	first.Monotonic, first.Boottime = second.Monotonic, second.Boottime
	a, b := reflect.ValueOf(first), reflect.ValueOf(second)
	for i := range a.NumField() {
		if one, two := a.Field(i).Interface(), b.Field(i).Interface(); !reflect.DeepEqual(one, two) {
			t.Errorf("%s: the first sees\n%v\nand the second\n%v", a.Type().Field(i).Name, one, two)
		}
	}
}

// The second program is in the cgroup: it counts and is limited there.
func TestExecIsInTheCgroup(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	b, _ := begun(t, box(t, strictly, withMemory(64*spec.MiB), attack("sleep")))
	before, err := b.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if e := execute(t, b, hostile, "burn", "100"); e.ExitCode != 0 || e.CPUSeconds < 0.1 {
		t.Errorf("burn: %v", e)
	}
	after, err := b.Stats()
	if err != nil || after.CPUSeconds-before.CPUSeconds < 0.1 {
		t.Errorf("the group counts %v s more: %v", after.CPUSeconds-before.CPUSeconds, err)
	}
	if e := execute(t, b, hostile, "memory", "1024"); e.ExitCode == 0 {
		t.Errorf("1 GiB fits into 64 MiB: %v", e)
	}
}

func TestExecResults(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep")))
	if e := execute(t, b, "sh", "-c", "exit 42"); e.ExitCode != 42 || e.Status != spec.Exited || e.fault != nil {
		t.Errorf("exit 42: %v", e)
	}
	if e := execute(t, b, "sh", "-c", "kill -ABRT $$"); e.ExitCode != 134 || e.Signal != "SIGABRT" || e.Status != spec.Signaled {
		t.Errorf("abort: %v", e)
	}
	if e := execute(t, b, "no-such-command"); e.ExitCode != 127 || e.Status != spec.SetupFailed || e.fault == nil {
		t.Errorf("no such command: %v", e)
	}
	if b.Signal(0) != nil {
		t.Error("the sandbox ended with a program that was added to it")
	}
}

func TestExecWorkdirAndEnv(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep"), func(s *sandbox.Spec) { s.Env = map[string]string{"A": "1", "B": "1"} }))
	out, read := drain(t)
	r, err := b.Exec(context.Background(), sandbox.ExecSpec{Command: []string{"sh", "-c", "pwd; echo $PWD $A $B"}, Workdir: "/tmp",
		Env: map[string]string{"B": "2"}}, sandbox.IO{Stdout: out})
	out.Close()
	if text := read(); err != nil || r.ExitCode != 0 || text != "/tmp\n/tmp 1 2\n" {
		t.Errorf("%q, %+v, %v", text, r, err)
	}
}

// The second program ends with the sandbox.
func TestExecEndsWithTheSandbox(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep")))
	p, err := b.StartExec(sandbox.ExecSpec{Command: []string{hostile, "stubborn"}}, sandbox.IO{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	if r, err := p.Wait(); err != nil || r.Signal != "SIGKILL" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestExecIntoTheDead(t *testing.T) {
	b := start(t, box(t, command("true")), sandbox.IO{})
	end(t, b)
	if e := execute(t, b, "true"); e.fault == nil || e.ExitCode != 125 {
		t.Errorf("got %v", e)
	}
}

func TestExecCancelled(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep")))
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	r, err := b.Exec(ctx, sandbox.ExecSpec{Command: []string{hostile, "stubborn"}}, sandbox.IO{})
	if err != nil || r.Signal != "SIGKILL" {
		t.Errorf("%+v, %v", r, err)
	}
	if b.Signal(0) != nil {
		t.Error("the sandbox ended with the program")
	}
}

// Many at a time, while others start: nobody gets the other's walls or descriptors.
func TestManyExecsAtATime(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep")))
	done := make(chan ended)
	for range 20 {
		go func() { done <- execute(t, b, "sh", "-c", "echo $$ >/tmp/x; exit 9") }()
	}
	for range 20 {
		if e := <-done; e.ExitCode != 9 || e.fault != nil {
			t.Errorf("got %v", e)
		}
	}
}
