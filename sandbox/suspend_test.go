package sandbox_test

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// ticker appends to a file of /data as long as it runs, from a child, too.
const ticker = `(while :; do echo child >>/data/child; sleep 0.02; done) & while :; do echo tick >>/data/tick; sleep 0.02; done`

// grows tells whether a file grows within a time that is long for the ticker.
func grows(t *testing.T, path string) bool {
	t.Helper()
	before := sizeOf(path)
	for range 30 {
		time.Sleep(20 * time.Millisecond)
		if sizeOf(path) > before {
			return true
		}
	}
	return false
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func await(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !grows(t, path); {
		if time.Now().After(deadline) {
			t.Fatalf("%s never grows", filepath.Base(path))
		}
	}
}

func testSuspend(t *testing.T, dir string, suspend func() (func(), error)) {
	t.Helper()
	files := []string{filepath.Join(dir, "tick"), filepath.Join(dir, "child")}
	for _, f := range files {
		await(t, f)
	}
	resume, err := suspend()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if grows(t, f) {
			t.Errorf("%s grows although it is suspended", filepath.Base(f))
		}
	}
	resume()
	for _, f := range files {
		await(t, f)
	}
}

// Suspend stops the program and its children, with a cgroup or without.
func TestSuspend(t *testing.T) {
	for _, bare := range []bool{false, true} {
		t.Run("without cgroup "+strconv.FormatBool(bare), func(t *testing.T) {
			dir := boxtest.TempDir(t)
			s := box(t, mounted(bindWritable(dir, "/data")))
			if bare {
				s.Limits.Memory, s.Limits.Pids = spec.Unlimited, spec.Unlimited
			}
			s.Command = []string{"sh", "-c", ticker}
			testSuspend(t, dir, start(t, s, sandbox.IO{}).Suspend)
		})
	}
}

// A program that was added stops alone.
func TestSuspendAdded(t *testing.T) {
	dir := boxtest.TempDir(t)
	b := start(t, box(t, mounted(bindWritable(dir, "/data")), command("sh", "-c", "while :; do echo first >>/data/first; sleep 0.02; done")), sandbox.IO{})
	p, err := b.StartExec(sandbox.ExecSpec{Command: []string{"sh", "-c", ticker}}, sandbox.IO{})
	if err != nil {
		t.Fatal(err)
	}
	testSuspend(t, dir, func() (func(), error) {
		resume, err := p.Suspend()
		if !grows(t, filepath.Join(dir, "first")) {
			t.Error("the first program was stopped, too")
		}
		return resume, err
	})
	if err := p.Signal(9); err != nil {
		t.Error(err)
	}
	if r, err := p.Wait(); err != nil || r.ExitCode != 137 {
		t.Errorf("%+v, %v", r, err)
	}
}

// What has ended cannot be stopped.
func TestSuspendEnded(t *testing.T) {
	b := start(t, box(t, command("true")), sandbox.IO{})
	<-b.Done()
	if resume, err := b.Suspend(); err == nil {
		resume()
		t.Error("it was suspended")
	}
}

// SIGSTOP stops the program, not the init that stands before it, which would no longer see its end.
func TestSignalStop(t *testing.T) {
	dir := boxtest.TempDir(t)
	b := start(t, box(t, mounted(bindWritable(dir, "/data")), command("sh", "-c", "while :; do echo tick >>/data/tick; sleep 0.02; done")), sandbox.IO{})
	tick := filepath.Join(dir, "tick")
	await(t, tick)
	if err := b.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if grows(t, tick) {
		t.Error("the program goes on")
	}
	if err := b.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	await(t, tick)
}
