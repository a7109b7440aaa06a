package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// captured runs script with its output captured.
func captured(t *testing.T, s Sinks, script string) (*Capture, *exec.Cmd) {
	t.Helper()
	c, err := NewCapture(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdout, cmd.Stderr = first(c), second(c)
	cmd.Env = append(os.Environ(), roleVariable+"=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.Start()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = c.Close()
	})
	return c, cmd
}

func first(c *Capture) *os.File  { f, _ := c.Ends(); return f }
func second(c *Capture) *os.File { _, f := c.Ends(); return f }

func newFile(t *testing.T, flags int) *os.File {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "sink"), os.O_CREATE|os.O_RDWR|flags, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func content(t *testing.T, f *os.File) string {
	t.Helper()
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func within(t *testing.T, what string, do func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatalf("%s does not return", what)
		return nil
	}
}

// All kinds of sinks get all bytes, with and without a cap that is not reached.
func TestCaptureIsByteExact(t *testing.T) {
	want := noise(5 << 20)
	source := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(source, want, 0o600); err != nil {
		t.Fatal(err)
	}
	type sink struct {
		w   io.Writer
		got func() []byte
	}
	file := func(flags int) func(*testing.T) sink {
		return func(t *testing.T) sink {
			f := newFile(t, flags)
			return sink{f, func() []byte { return []byte(content(t, f)) }}
		}
	}
	sinks := map[string]func(*testing.T) sink{
		"file":        file(0),
		"append":      file(os.O_APPEND),
		"writer":      func(*testing.T) sink { b := new(bytes.Buffer); return sink{b, b.Bytes} },
		"pipe":        func(t *testing.T) sink { w, got := drainedPipe(t, 0); return sink{w, got} },
		"small pipe":  func(t *testing.T) sink { w, got := drainedPipe(t, 4096); return sink{w, got} },
		"nonblocking": func(t *testing.T) sink { w, got := drainedPipe(t, -1); return sink{w, got} },
		"append pipe": func(t *testing.T) sink {
			w, got := drainedPipe(t, 0)
			if _, err := unix.FcntlInt(w.Fd(), unix.F_SETFL, unix.O_APPEND); err != nil {
				t.Fatal(err)
			}
			return sink{w, got}
		},
		"socket": func(t *testing.T) sink { w, got := drainedSocket(t); return sink{w, got} },
	}
	for name, make := range sinks {
		for _, limit := range []int64{0, 1 << 30} {
			t.Run(fmt.Sprintf("%s, cap %d", name, limit), func(t *testing.T) {
				out, errs := make(t), make(t)
				c, cmd := captured(t, Sinks{Stdout: out.w, Stderr: errs.w, Cap: limit}, "cat "+source+" >&2; cat "+source)
				_ = cmd.Wait()
				if err := within(t, "Wait", c.Wait); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(out.got(), want) || !bytes.Equal(errs.got(), want) {
					t.Error("bytes changed")
				}
				if w, d := c.Written(), c.Delivered(); w != int64(2*len(want)) || d != w {
					t.Errorf("written %d, delivered %d, want %d", w, d, 2*len(want))
				}
			})
		}
	}
}

// drainedPipe returns the writing end of a pipe, and what came out of it once that is closed.
func drainedPipe(t *testing.T, size int) (*os.File, func() []byte) {
	r, w := pipes(t)
	if size > 0 {
		if _, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, size); err != nil {
			t.Fatal(err)
		}
	}
	if size < 0 {
		if err := unix.SetNonblock(int(w.Fd()), true); err != nil {
			t.Fatal(err)
		}
	}
	return drained(r, w)
}

func drainedSocket(t *testing.T) (*os.File, func() []byte) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return drained(os.NewFile(uintptr(fds[0]), "reader"), os.NewFile(uintptr(fds[1]), "writer"))
}

func drained(r, w *os.File) (*os.File, func() []byte) {
	all := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(r)
		r.Close()
		all <- b
	}()
	return w, func() []byte { w.Close(); return <-all }
}

func TestCap(t *testing.T) {
	tests := []struct {
		script             string
		cap                int64
		written, delivered int64
		limits             int32
	}{
		{"head -c 1000 /dev/zero", 1000, 1000, 1000, 0},
		{"head -c 1001 /dev/zero", 1000, 1001, 1000, 1},
		{"head -c 999 /dev/zero", 1000, 999, 999, 0},
		{"head -c 600 /dev/zero; head -c 600 /dev/zero >&2", 1000, 1200, 1000, 1},
		{"head -c 600 /dev/zero; head -c 400 /dev/zero >&2", 1000, 1000, 1000, 0},
		{"head -c 9000000 /dev/zero & head -c 9000000 /dev/zero >&2; wait", 1 << 20, 18000000, 1 << 20, 1},
		{"head -c 9000000 /dev/zero", 1, 9000000, 1, 1},
		{"head -c 100 /dev/zero", 0, 100, 100, 0},
		{"head -c 100 /dev/zero", -1, 100, 100, 0},
		{"true", 10, 0, 0, 0},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s, cap %d", test.script, test.cap), func(t *testing.T) {
			var limits atomic.Int32
			out, errs := newFile(t, 0), newFile(t, 0)
			c, cmd := captured(t, Sinks{out, errs, test.cap, func() { limits.Add(1) }}, test.script)
			if err := cmd.Wait(); err != nil {
				t.Errorf("the program was held up or broken: %v", err)
			}
			if err := within(t, "Wait", c.Wait); err != nil {
				t.Fatal(err)
			}
			if c.Written() != test.written || c.Delivered() != test.delivered {
				t.Errorf("written %d, delivered %d", c.Written(), c.Delivered())
			}
			if n := len(content(t, out)) + len(content(t, errs)); int64(n) != test.delivered {
				t.Errorf("%d bytes in the sinks, want %d", n, test.delivered)
			}
			if limits.Load() != test.limits {
				t.Errorf("OnLimit was called %d times, want %d", limits.Load(), test.limits)
			}
		})
	}
}

// `yes` beyond its cap, 1 GB of it: nothing piles up.
func TestMemoryStaysFlat(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c, cmd := captured(t, Sinks{Stdout: newFile(t, 0), Cap: 1 << 20}, "head -c 1000000000 /dev/zero")
	_ = cmd.Wait()
	if err := within(t, "Wait", c.Wait); err != nil || c.Written() != 1000000000 || c.Delivered() != 1<<20 {
		t.Errorf("%v, written %d, delivered %d", err, c.Written(), c.Delivered())
	}
	runtime.ReadMemStats(&after)
	// Not TotalAlloc: the race detector has sync.Pool forget buffers.
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 32<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
}

// Bug row 26: both streams in one sink keep their order.
func TestOrderIsKeptInOneSink(t *testing.T) {
	f := newFile(t, 0)
	again, err := os.OpenFile(f.Name(), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	c, cmd := captured(t, Sinks{Stdout: f, Stderr: again}, "for i in 1 2 3 4 5 6 7 8 9; do echo $i; echo e$i >&2; done")
	_ = cmd.Wait()
	if err := within(t, "Wait", c.Wait); err != nil {
		t.Fatal(err)
	}
	want := ""
	for i := 1; i <= 9; i++ {
		want += fmt.Sprintf("%d\ne%d\n", i, i)
	}
	if got := content(t, f); got != want {
		t.Errorf("got %q", got)
	}
}

func TestSameSink(t *testing.T) {
	f, g := newFile(t, 0), newFile(t, 0)
	buffer := new(bytes.Buffer)
	r, w := pipes(t)
	tests := []struct {
		a, b io.Writer
		want bool
	}{
		{f, f, true}, {f, g, false}, {nil, nil, true}, {f, nil, false}, {nil, f, false}, {buffer, buffer, true},
		{buffer, new(bytes.Buffer), false}, {buffer, f, false}, {r, w, true}, {f, w, false},
		{(*os.File)(nil), f, false}, {uncomparable("x"), uncomparable("x"), false},
	}
	for i, test := range tests {
		if got := sameSink(test.a, test.b); got != test.want {
			t.Errorf("case %d: %v", i, got)
		}
	}
}

type uncomparable []byte

func (uncomparable) Write(b []byte) (int, error) { return len(b), nil }

// Bug row 9: `yes | head -1` ends, with and without a cap, by SIGPIPE.
func TestBrokenSinkBreaksThePipe(t *testing.T) {
	for _, limit := range []int64{0, 1 << 40} {
		r, w := pipes(t)
		c, cmd := captured(t, Sinks{Stdout: w, Stderr: newFile(t, 0), Cap: limit}, "while :; do echo y; done")
		if _, err := io.ReadFull(r, make([]byte, 2)); err != nil {
			t.Fatal(err)
		}
		r.Close()
		_ = within(t, "the program", cmd.Wait)
		if s := cmd.ProcessState.Sys().(syscall.WaitStatus); s.Signal() != syscall.SIGPIPE {
			t.Errorf("cap %d: wait status %#x, want SIGPIPE", limit, s)
		}
		err := within(t, "Wait", c.Wait)
		if !errors.Is(err, unix.EPIPE) || !strings.Contains(err.Error(), "copy stdout: broken pipe") {
			t.Errorf("cap %d: error is %v", limit, err)
		}
	}
}

func TestFullSinkIsReported(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		skip(t, "devfull", "no /dev/full here: "+err.Error())
	}
	defer full.Close()
	c, cmd := captured(t, Sinks{Stdout: full, Stderr: newFile(t, 0)}, "while echo y; do :; done")
	_ = within(t, "the program", cmd.Wait)
	if err := within(t, "Wait", c.Wait); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("error is %v, want ENOSPC", err)
	}
}

// Bug row 22, with pipes.
func TestCaptureLosesNothingAtTheEnd(t *testing.T) {
	for i := range 50 {
		f := newFile(t, 0)
		c, cmd := captured(t, Sinks{Stdout: f, Cap: int64(i%2) << 30}, "exec head -c 500000 /dev/zero")
		_ = cmd.Wait()
		if err := c.Drain(); err != nil {
			t.Fatal(err)
		}
		if n := len(content(t, f)); n != 500000 {
			t.Fatalf("run %d: %d bytes of 500000", i, n)
		}
	}
}

func TestCaptureDrainDoesNotWaitForOthers(t *testing.T) {
	for _, script := range []string{"echo text; sleep 60 & echo $! >&2", "echo text; yes noise & echo $! >&2"} {
		out, errs := newFile(t, 0), newFile(t, 0)
		c, cmd := captured(t, Sinks{Stdout: out, Stderr: errs}, script)
		_ = cmd.Wait()
		if err := within(t, "Drain", c.Drain); err != nil {
			t.Error(err)
		}
		if got := content(t, out); !strings.HasPrefix(got, "text\n") {
			t.Errorf("got %.100q", got)
		}
		killNumber(t, strings.ReplaceAll(content(t, errs), "\n", "\r\n"))
	}
}

// Somebody who writes faster than the sink takes cannot hold Drain up either.
func TestCaptureDrainEndsUnderAFlood(t *testing.T) {
	for _, limit := range []int64{0, 1 << 40} {
		r, w := pipes(t)
		c, cmd := captured(t, Sinks{Stdout: w, Stderr: newFile(t, 0), Cap: limit}, "exec cat /dev/zero")
		awaitFull(t, w)
		go readSlowly(r)
		start := time.Now()
		if err := within(t, "Drain", c.Drain); err != nil {
			t.Errorf("cap %d: %v", limit, err)
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("cap %d: drained for %v", limit, took)
		}
		_ = within(t, "the program", cmd.Wait)
	}
}

// awaitFull returns when a pipe takes nothing more, and its writer has noticed.
func awaitFull(t *testing.T, w *os.File) {
	t.Helper()
	until(t, func() string { return "the sink never fills" }, func() bool { return !ready(descriptor(w), unix.POLLOUT) })
	time.Sleep(10 * time.Millisecond)
}

func readSlowly(r *os.File) {
	buf := make([]byte, 4<<10)
	for {
		if _, err := r.Read(buf); err != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// A sink that takes nothing cannot hold Close up.
func TestCloseEndsABlockedCapture(t *testing.T) {
	for _, limit := range []int64{0, 1 << 40} {
		_, w := pipes(t)
		// One page is left: less than what is copied at a time.
		if _, err := w.Write(make([]byte, 60000)); err != nil {
			t.Fatal(err)
		}
		c, _ := captured(t, Sinks{Stdout: w, Cap: limit}, "cat /dev/zero")
		awaitFull(t, w)
		if err := within(t, "Close", c.Close); err != nil {
			t.Errorf("cap %d: %v", limit, err)
		}
	}
}

func TestProgramGetsABlockingPipe(t *testing.T) {
	c, err := NewCapture(Sinks{Stdout: newFile(t, 0), Stderr: newFile(t, 0)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, f := range []*os.File{first(c), second(c)} {
		flags, err := unix.FcntlInt(uintptr(descriptor(f)), unix.F_GETFL, 0)
		if err != nil || flags&unix.O_NONBLOCK != 0 {
			t.Errorf("%s: flags %#x, %v", f.Name(), flags, err)
		}
	}
}

func TestNothingLeaks(t *testing.T) {
	rounds := func(n int) {
		for i := range n {
			c, err := NewCapture(Sinks{Stdout: newFile(t, 0), Cap: int64(i % 2)})
			if err != nil {
				t.Fatal(err)
			}
			if i%3 > 0 {
				c.Start()
			}
			if i%3 > 1 {
				_ = c.Wait()
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			master, program := openPTY()
			r, err := Start(master, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			program.Close()
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	rounds(1)
	before := openDescriptors(t)
	rounds(20)
	// The sinks of newFile stay open until the test ends.
	if after := openDescriptors(t); after > before+20 {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// The same bytes to a file and to a pipe, by splice and by copying.
func BenchmarkCapture(b *testing.B) {
	sinks := map[string]func(*testing.B) *os.File{
		"file": func(b *testing.B) *os.File {
			f, err := os.CreateTemp(b.TempDir(), "sink")
			if err != nil {
				b.Fatal(err)
			}
			return f
		},
		"pipe": func(b *testing.B) *os.File {
			r, w, err := os.Pipe()
			if err != nil {
				b.Fatal(err)
			}
			cat := exec.Command("sh", "-c", "exec cat >/dev/null")
			cat.Stdin = r
			if err := cat.Start(); err != nil {
				b.Fatal(err)
			}
			r.Close()
			return w
		},
	}
	for name, open := range sinks {
		for way, limit := range map[string]int64{"splice": 0, "copy": 1 << 62} {
			b.Run(name+"/"+way, func(b *testing.B) {
				sink := open(b)
				defer sink.Close()
				b.SetBytes(100000000)
				for b.Loop() {
					_, _ = sink.Seek(0, io.SeekStart)
					benchmarkCapture(b, sink, limit)
				}
			})
		}
	}
}

func benchmarkCapture(b *testing.B, sink *os.File, limit int64) {
	c, err := NewCapture(Sinks{Stdout: sink, Cap: limit})
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command("head", "-c", "100000000", "/dev/zero")
	cmd.Stdout = first(c)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	c.Start()
	_ = cmd.Wait()
	if err := c.Wait(); err != nil || c.Delivered() != 100000000 {
		b.Fatal(err, c.Delivered())
	}
}
