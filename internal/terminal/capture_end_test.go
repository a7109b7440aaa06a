package terminal

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Bug row 9: `yes | head -1` ends, with and without a cap, by SIGPIPE.
func TestBrokenSinkBreaksThePipe(t *testing.T) {
	for _, limit := range []int64{0, 1 << 40} {
		r, w := pipes(t)
		c, cmd := captured(t, Sinks{Stdout: w, Stderr: newFile(t, 0), Cap: limit}, "n=0; while [ $((n+=1)) -lt 9999999 ]; do echo y || exit; done")
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
		if took := time.Since(start); took > 6*time.Second {
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
