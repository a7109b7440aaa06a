package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Sinks says where a program's output goes.
type Sinks struct {
	// Stdout and Stderr get the bytes; nil counts and drops them. If both are
	// the same (equal, or two *os.File of one file), the program gets one pipe for
	// both, and its order of writing is kept. A writer that is not an
	// *os.File must not block for long: Close waits for it.
	Stdout, Stderr io.Writer
	// Cap is how many bytes of both together are delivered; 0 or less: all.
	Cap int64
	// OnLimit is called once, when the program has written more than Cap, from
	// a copying goroutine: it must not block, nor wait for the Capture.
	OnLimit func()
}

// Capture copies what a program writes on pipes to sinks, and counts it. Beyond
// the cap it goes on reading, and drops: the program is not held up, and its end
// is seen. It needs no memory of its own while the program is silent.
//
// A sink that fails ends its stream: the pipe is closed, so the program's next
// write there gets SIGPIPE, as if it had written to that sink itself.
type Capture struct {
	streams []*stream // one if both sinks are the same, else stdout and stderr
	ends    []*os.File
	budget  *budget
	done    chan struct{}
	err     error // valid when done is closed
	once    sync.Once
}

// NewCapture makes the pipes. Give Ends to the program, then call Start, or Close if there is no program.
func NewCapture(s Sinks) (*Capture, error) {
	c := &Capture{
		budget: &budget{limit: s.Cap, onLimit: s.OnLimit},
		done:   make(chan struct{}),
	}
	if err := c.build(s.Stdout, s.Stderr); err != nil {
		c.discard()
		return nil, err
	}
	return c, nil
}

func (c *Capture) build(stdout, stderr io.Writer) error {
	if sameSink(stdout, stderr) {
		return c.add("stdout and stderr", stdout)
	}
	if err := c.add("stdout", stdout); err != nil {
		return err
	}
	return c.add("stderr", stderr)
}

func (c *Capture) add(name string, w io.Writer) error {
	read, write, err := pipe(name)
	if err != nil {
		return err
	}
	c.ends = append(c.ends, write)
	s, err := newStream(name, read, w, c.budget)
	if err != nil {
		_ = read.Close()
		return err
	}
	c.streams = append(c.streams, s)
	return nil
}

// pipe makes a pipe whose program side blocks, as programs expect, and whose
// side of ours does not, as the runtime's poller wants.
func pipe(name string) (read, write *os.File, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, fmt.Errorf("make a pipe for %s: %w", name, err)
	}
	// It cannot fail on a pipe.
	_ = unix.SetNonblock(fds[0], true)
	return os.NewFile(uintptr(fds[0]), name), os.NewFile(uintptr(fds[1]), name), nil
}

// Ends returns the program's sides of the pipes, the same file twice if both
// sinks are the same. Start closes them.
func (c *Capture) Ends() (stdout, stderr *os.File) {
	return c.ends[0], c.ends[len(c.ends)-1]
}

// Start begins copying; the program has the Ends by now.
func (c *Capture) Start() {
	c.closeEnds()
	failures := make(chan error, len(c.streams))
	for _, s := range c.streams {
		go func() { failures <- s.run() }()
	}
	go func() {
		for range c.streams {
			c.err = errors.Join(c.err, <-failures)
		}
		close(c.done)
	}()
}

// Wait returns when nobody can write to the pipes any more and everything has
// reached the sinks. The error says which sink failed; a closed reader of a
// pipe is EPIPE.
func (c *Capture) Wait() error {
	<-c.done
	return c.err
}

// Drain is Wait for when the program has ended: what is in the pipes still
// reaches the sinks, but processes that hold them open are not waited for.
func (c *Capture) Drain() error {
	for _, s := range c.streams {
		s.drain()
	}
	return c.Wait()
}

// Close ends the copying now, even if a sink blocks; bytes on their way are
// dropped. After Wait or Drain it does nothing but return the same error.
func (c *Capture) Close() error {
	c.once.Do(func() {
		if c.ends != nil {
			c.discard()
			close(c.done)
		}
		for _, s := range c.streams {
			s.close()
		}
	})
	return c.Wait()
}

// Written is how many bytes the program has written so far, delivered or not.
func (c *Capture) Written() int64 { return c.budget.written.Load() }

// Delivered is how many bytes have reached the sinks so far.
func (c *Capture) Delivered() int64 { return c.budget.delivered.Load() }

func (c *Capture) closeEnds() {
	for _, f := range c.ends {
		_ = f.Close()
	}
	c.ends = nil
}

// discard gives back what was made for a program that never came.
func (c *Capture) discard() {
	c.closeEnds()
	for _, s := range c.streams {
		s.release()
	}
}
