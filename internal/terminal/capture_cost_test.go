package terminal

import (
	"io"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

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

// A silent program's Capture takes little memory.
func TestIdleCaptureIsSmall(t *testing.T) {
	const captures = 100
	inUse := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc + m.StackInuse)
	}
	out, errs := newFile(t, 0), newFile(t, 0)
	before := inUse()
	for range captures {
		c, err := NewCapture(Sinks{Stdout: out, Stderr: errs, Cap: 1 << 30})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		// The test holds the program's sides open.
		stdout, err := unix.Dup(descriptor(first(c)))
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(stdout)
		stderr, err := unix.Dup(descriptor(second(c)))
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(stderr)
		if _, err := unix.Write(stdout, []byte("text")); err != nil {
			t.Fatal(err)
		}
		c.Start()
	}
	time.Sleep(50 * time.Millisecond)
	each := (inUse() - before) / captures
	t.Logf("%d bytes for each silent Capture", each)
	if each > 24<<10 {
		t.Errorf("%d bytes for each silent Capture", each)
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
