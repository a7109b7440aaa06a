package terminal

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// backgroundPause is how often a background launcher looks whether it is in the
// foreground: bash's fg does not signal a job that runs already.
const backgroundPause = 200 * time.Millisecond

// input copies from the caller's stdin to the master.
type input struct {
	from     *os.File // nil: never says anything
	fd       int      // of from
	master   int
	modes    *modes
	wake     *event
	stopping atomic.Bool
}

func newInput(master int, stdin *os.File, m *modes) (*input, error) {
	wake, err := newEvent()
	if err != nil {
		return nil, err
	}
	in := &input{from: stdin, fd: -1, master: master, modes: m, wake: wake}
	if stdin != nil {
		in.fd = descriptor(stdin)
	}
	return in, nil
}

// stop makes run return soon.
func (in *input) stop() {
	in.stopping.Store(true)
	in.wake.set()
}

// run returns after stop, or with the error that ended the reading.
func (in *input) run() error {
	if in.from == nil {
		return nil
	}
	// The thread keeps its mask and ends with this goroutine.
	runtime.LockOSThread()
	set := signalSet(unix.SIGTTIN)
	_ = unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil)

	buf := make([]byte, 32<<10)
	for !in.stopping.Load() {
		more, err := in.step(buf)
		if err != nil {
			return fmt.Errorf("read stdin: %w", err)
		}
		if !more {
			in.passEOF()
		}
	}
	return nil
}

// step copies what one read gives; false means that the input has ended.
func (in *input) step(buf []byte) (more bool, err error) {
	if in.isTerminal() {
		if !inForeground(in.fd) {
			in.pause(backgroundPause)
			return true, nil
		}
		if err := in.modes.claim(); err != nil {
			return false, err
		}
	}
	in.wake.wait(in.fd, unix.POLLIN, -1)
	if in.wake.clear(); !ready(in.fd, unix.POLLIN) {
		return true, nil
	}
	n, err := unix.Read(in.fd, buf)
	if n > 0 {
		in.forward(buf[:n])
		return true, nil
	}
	return in.classify(err)
}

// classify tells the end of the input from a reason to try again and from a failure.
func (in *input) classify(err error) (more bool, _ error) {
	switch {
	case err == unix.EINTR || err == unix.EAGAIN:
		return true, nil
	case err == unix.EIO && in.isTerminal():
		// From the background it is not our turn; from the foreground the
		// terminal has gone, which is an end of input.
		return !inForeground(in.fd), nil
	default:
		return false, err
	}
}

func (in *input) isTerminal() bool { return in.modes.fd >= 0 }

// pause sleeps until something happens.
func (in *input) pause(d time.Duration) {
	in.wake.sleep(d)
	in.wake.clear()
}

// forward writes all of b to the master, or gives up when told to stop.
func (in *input) forward(b []byte) {
	for len(b) > 0 && !in.stopping.Load() {
		n, err := unix.Write(in.master, b)
		switch {
		case n > 0:
			b = b[n:]
		case err == unix.EAGAIN:
			in.wake.wait(in.master, unix.POLLOUT, -1)
			in.wake.clear()
		case err != unix.EINTR:
			// EIO: nobody holds the program's side at the moment. The output
			// side knows whether that is the end.
			in.pause(20 * time.Millisecond)
		}
	}
}
