package sandbox_test

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// A program cannot choose its verdict: the signal of a limit that is not set is only a signal.
func TestSignalsOfLimitsThatAreNotSet(t *testing.T) {
	for _, name := range []string{"XCPU", "XFSZ"} {
		e := run(t, shell("kill -"+name+" $$"))
		if e.Status != spec.Signaled || e.Signal != "SIG"+name || e.Limit != "" {
			t.Errorf("SIG%s: %v", name, e)
		}
	}
}

// The process's own limit on processor time is named, too.
func TestCPULimitOfAProcess(t *testing.T) {
	e := run(t, shell("while :; do :; done"), limited(func(l *spec.Limits) { l.Rlimits = map[string]spec.Size{"cpu": 1} }))
	hits(t, e, spec.LimitCPU)
	if e.Signal != "SIGXCPU" {
		t.Errorf("got %v", e)
	}
}

// What a program has written counts, although it ends before its sink takes it.
func TestOutputLimitOfASlowSink(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(err)
	}
	s := box(t, shell("head -c 60000 /dev/zero"), limited(func(l *spec.Limits) { l.Output = 50000 }))
	b, err := sandbox.Start(t.Context(), s, sandbox.IO{Stdout: w})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // the program has ended, its output is on the way
	go func() {
		for buf := make([]byte, 4096); ; {
			if n, err := r.Read(buf); n == 0 || err != nil {
				return
			}
		}
	}()
	e := end(t, b)
	hits(t, e, spec.LimitOutput)
	if e.OutputBytes <= 50000 {
		t.Errorf("%d bytes were counted, want what is beyond the cap, too", e.OutputBytes)
	}
}

// A program of which the kernel has killed a part is no success, on v1 as on v2.
func TestMemoryLimitOfAChildThatNobodyMinds(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	hits(t, run(t, strictly, withMemory(32*spec.MiB), shell(hostile+" memory 1024; exit 0")), spec.LimitMemory)
}

// Without an init the limit is exact as well.
func TestPidsLimitWithoutInit(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	for name, c := range map[string]change{
		"as process 1":            func(s *sandbox.Spec) { s.AsPID1 = true },
		"in the host's namespace": func(s *sandbox.Spec) { s.Namespaces.PID = spec.NamespaceHost },
	} {
		t.Run(name, func(t *testing.T) {
			e := run(t, strictly, withPids(1), shell("true & wait"), c)
			if e.fault != nil || e.ExitCode == 0 {
				t.Errorf("a second process was made with a limit of 1: %v", e)
			}
			works(t, strictly, withPids(2), shell("true & wait"), c)
		})
	}
}

// Processors that are not there are refused by name, on v2 too, which would give all instead.
func TestCpusetOfMissingProcessors(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	for _, list := range []string{"8191", "0,8190-8191"} {
		e := run(t, strictly, shell("true"), limited(func(l *spec.Limits) { l.Cpuset = list }))
		fault, ok := e.fault.(*sandbox.Error)
		if !ok {
			t.Fatalf("cpuset %s: %v", list, e)
		}
		if fault.Op == "limit" {
			t.Skip("needs cgroup-cpuset: no cpuset controller here")
		}
		if fault.Op != "use processors" || fault.Kind != sandbox.HostLacks || fault.Hint == "" {
			t.Errorf("cpuset %s: %v", list, e)
		}
	}
}
