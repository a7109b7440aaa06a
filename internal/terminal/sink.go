package terminal

import (
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// pipeAtomic is how much a pipe, socket or terminal that polls as writable
// takes without blocking; PIPE_BUF, pipe(7).
const pipeAtomic = 4096

// sink writes to a file of the caller's. The file may block, and it may be
// shared with other processes, so its blocking mode is not ours to change.
//
// It uses write(2) instead of os.File.Write, which ends the whole process when
// descriptor 1 or 2 is a broken pipe; here that is an error like others.
type sink struct {
	file *os.File // nil: everything is dropped
	fd   int
	kind uint32 // S_IFREG, S_IFIFO ...
	wake *event
	quit atomic.Bool
}

// newSink makes a sink for f whose blocked writes wake can end. The caller keeps f open.
func newSink(f *os.File, wake *event) *sink {
	s := &sink{file: f, fd: -1, wake: wake}
	if f == nil {
		return s
	}
	s.fd = descriptor(f)
	var st unix.Stat_t
	if unix.Fstat(s.fd, &st) == nil {
		s.kind = st.Mode & unix.S_IFMT
	}
	return s
}

// stop makes write give up, now and later.
func (s *sink) stop() {
	s.quit.Store(true)
	s.wake.set()
}

func (s *sink) stopped() bool { return s.quit.Load() }

// write returns how much of b was written: all of it unless err is set or the sink was stopped.
func (s *sink) write(b []byte) (n int, err error) {
	if s.file == nil {
		return len(b), nil
	}
	for n < len(b) && !s.stopped() {
		if !s.writable() {
			continue
		}
		m, err := unix.Write(s.fd, s.portion(b[n:]))
		if m > 0 {
			n += m
		}
		if err != nil && err != unix.EAGAIN && err != unix.EINTR {
			return n, err
		}
	}
	return n, nil
}

// writable waits for room, or for wake.
func (s *sink) writable() bool {
	if s.kind == unix.S_IFREG {
		return true
	}
	s.wake.wait(s.fd, unix.POLLOUT, -1)
	s.wake.clear()
	return ready(s.fd, unix.POLLOUT)
}

// portion is what one write may take without blocking for ever.
func (s *sink) portion(b []byte) []byte {
	if s.kind != unix.S_IFREG && len(b) > pipeAtomic {
		return b[:pipeAtomic]
	}
	return b
}
