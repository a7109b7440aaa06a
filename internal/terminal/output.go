package terminal

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// drainMax is more than the kernel keeps of a terminal's output, so that
// draining gets all that the dead program wrote, and ends although another
// process goes on writing.
//
// FACT — since 2.6.12 (drivers/tty/tty_buffer.c) — a terminal buffers its output up to a
// fixed limit, then the writer blocks — TestTerminalBuffersLess measures it — all kernels.
const drainMax = 1 << 20

// output copies from the master to the caller's stdout.
type output struct {
	master   int
	to       *sink
	wake     *event
	draining atomic.Bool
	budget   budget
}

func newOutput(master int, stdout *os.File) (*output, error) {
	wake, err := newEvent()
	if err != nil {
		return nil, err
	}
	return &output{master: master, to: newSink(stdout, wake), wake: wake}, nil
}

// drain makes run return when nothing is left to read.
func (o *output) drain() {
	o.draining.Store(true)
	o.wake.set()
}

// stop makes run return soon.
func (o *output) stop() {
	o.to.stop()
	o.wake.set()
}

// run copies until the program's side has gone for good. It returns an error if
// stdout fails.
func (o *output) run() error {
	buf := make([]byte, 32<<10)
	left := drainMax
	for !o.to.stopped() && left > 0 {
		n, err := unix.Read(o.master, buf)
		if n > 0 {
			if _, err := o.to.write(buf[:o.budget.take(n)]); err != nil {
				return fmt.Errorf("write stdout: %w", err)
			}
			if o.draining.Load() {
				left -= n
			}
			continue
		}
		if !o.more(err) {
			break
		}
	}
	return nil
}

// more waits for what a read that gave nothing promises; false is the end.
func (o *output) more(err error) bool {
	switch err {
	case unix.EINTR:
		return true
	case unix.EAGAIN:
		// FACT — since 4.5 (drivers/tty/n_tty.c n_tty_read) — a read says EAGAIN or EIO
		// only after all that was written is through — no byte is missed by believing it.
		if o.draining.Load() {
			return false
		}
		o.wake.wait(o.master, unix.POLLIN, -1)
		o.wake.clear()
		return true
	default:
		return o.reopened()
	}
}

// reopened is asked when nobody holds the program's side (EIO). A program
// may come back through /dev/tty while its session lives; then it is true.
func (o *output) reopened() bool {
	for pause := time.Millisecond; attached(o.master); pause = min(2*pause, 50*time.Millisecond) {
		if o.draining.Load() || o.to.stopped() {
			return false
		}
		o.wake.sleep(pause)
		o.wake.clear()
		if !has(o.master, unix.POLLHUP) {
			return true
		}
	}
	return has(o.master, unix.POLLIN)
}
