package terminal

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
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
