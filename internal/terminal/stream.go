package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// bufferSize is a pipe's usual capacity, so that one read empties it.
const bufferSize = 64 << 10

// buffers are shared by all streams: one is held only while bytes move.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// stream copies one pipe to one sink.
type stream struct {
	name   string
	pipe   *os.File
	conn   syscall.RawConn
	file   *sink     // the sink, if it is an *os.File or nil
	writer io.Writer // the sink otherwise
	budget *budget
	closed atomic.Bool
}

func newStream(name string, pipe *os.File, w io.Writer, b *budget) (*stream, error) {
	s := &stream{name: name, pipe: pipe, budget: b}
	conn, err := pipe.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("prepare the pipe for %s: %w", name, err)
	}
	s.conn = conn
	f, isFile := w.(*os.File)
	if w != nil && !isFile {
		s.writer = w
		return s, nil
	}
	wake, err := newEvent()
	if err != nil {
		return nil, err
	}
	s.file = newSink(f, wake)
	return s, nil
}

// run copies until the end of the pipe, and closes it at once, so that a
// program whose output fails learns of it.
func (s *stream) run() error {
	defer s.release()
	err := s.splice()
	if errors.Is(err, errNoSplice) {
		err = s.copy()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = s.sweep()
	}
	if err == io.EOF || s.closed.Load() {
		return nil
	}
	return fmt.Errorf("copy %s: %w", s.name, err)
}

// drain makes run end when the pipe is empty.
func (s *stream) drain() { _ = s.pipe.SetReadDeadline(aLongTimeAgo) }

// close makes run end now.
func (s *stream) close() {
	s.closed.Store(true)
	if s.file != nil {
		// Before the pipe, whose Close waits for a splice out of it.
		s.file.stop()
	}
	_ = s.pipe.Close()
}

// release gives the descriptors back.
func (s *stream) release() {
	_ = s.pipe.Close()
	if s.file != nil {
		s.file.wake.close()
	}
}

// copy moves bytes through a buffer until an error; io.EOF is the good one.
func (s *stream) copy() error {
	for {
		if err := s.copyOnce(); err != nil {
			return err
		}
	}
}

func (s *stream) copyOnce() error {
	var buf *[bufferSize]byte
	var n int
	var err error
	waitErr := s.conn.Read(func(fd uintptr) bool {
		buf, n, err = readInto(int(fd))
		return err != unix.EAGAIN
	})
	if waitErr != nil {
		return waitErr
	}
	return s.pass(buf, n, err)
}

// pass delivers what a read gave, and gives the buffer back.
func (s *stream) pass(buf *[bufferSize]byte, n int, err error) error {
	defer buffers.Put(buf)
	switch {
	case err != nil:
		return err
	case n == 0:
		return io.EOF
	}
	return s.deliver(buf[:n])
}

// readInto takes a buffer only if there is something to read.
func readInto(fd int) (*[bufferSize]byte, int, error) {
	buf := buffers.Get().(*[bufferSize]byte)
	for {
		n, err := unix.Read(fd, buf[:])
		switch err {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			buffers.Put(buf)
			return nil, 0, err
		}
		return buf, n, err
	}
}

func (s *stream) deliver(b []byte) error {
	b = b[:s.budget.take(len(b))]
	if len(b) == 0 {
		return nil
	}
	n, err := s.write(b)
	s.budget.delivered.Add(int64(n))
	return err
}

func (s *stream) write(b []byte) (int, error) {
	if s.writer != nil {
		return s.writer.Write(b)
	}
	n, err := s.file.write(b)
	if err == nil && n < len(b) {
		return n, os.ErrClosed
	}
	return n, err
}
