package logfile

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/terminal"
)

// A silent program's Writer and its followers cost no processor time, and little memory.
func TestIdleCostsNothing(t *testing.T) {
	const writers = 10
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var dirs []string
	for range writers {
		dir := memoryDir(t)
		dirs = append(dirs, dir)
		w := create(t, dir, Options{})
		t.Cleanup(func() { _ = w.Close() })
		say(t, w.Stdout(), strings.Repeat("a line\n", 20000))
		say(t, w.Stderr(), strings.Repeat("z", 10*maxData)) // unfinished
	}
	time.Sleep(idlePause + 500*time.Millisecond)
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / writers
	t.Logf("%d bytes for each silent Writer", each)
	if each > 16<<10 {
		t.Errorf("%d bytes for each silent Writer", each)
	}
	for _, dir := range dirs {
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		follow(t, ctx, dir, ReadOptions{Tail: TailNone})
	}
	time.Sleep(100 * time.Millisecond)
	start := processorTime(t)
	time.Sleep(500 * time.Millisecond)
	if used := processorTime(t) - start; used > 100*time.Millisecond {
		t.Errorf("%v of processor time in 500 ms of silence", used)
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// As a detached sandbox has it: a program, pipes, a cap, a log.
func TestCaptureIntoALog(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, Options{})
	limited := make(chan struct{}, 2)
	c, err := terminal.NewCapture(terminal.Sinks{
		Stdout: w.Stdout(), Stderr: w.Stderr(), Cap: 100000,
		OnLimit: func() { limited <- struct{}{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cmd := exec.Command("sh", "-c", "echo begin; echo oops >&2; read go; printf 'x%.0s' $(seq 40000); head -c 200000 /dev/zero")
	cmd.Stdout, cmd.Stderr = c.Ends()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), writerVariable+"=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.Start()
	eventually(t, "the first lines", func() bool { return c.Delivered() == 11 })
	say(t, stdin, "\n")
	_ = cmd.Wait()
	if err := within(t, "Drain", c.Drain); err != nil {
		t.Fatal(err)
	}
	closed(t, w)
	records := readAll(t, dir, ReadOptions{})
	out, errs := bytesOf(records, Stdout), bytesOf(records, Stderr)
	if len(out)+len(errs) != 100000 || string(errs) != "oops\n" || !strings.HasPrefix(string(out), "begin\nxxx") {
		t.Errorf("%d bytes of stdout, stderr is %q", len(out), errs)
	}
	if len(limited) != 1 || c.Written() != 6+5+40000+200000 {
		t.Errorf("limit told %d times, %d bytes written", len(limited), c.Written())
	}
}
