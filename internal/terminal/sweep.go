package terminal

import (
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// aLongTimeAgo as a deadline wakes a reader at once.
var aLongTimeAgo = time.Unix(1, 0)

// sweep copies what is in the pipe now. It moves at most one pipe's capacity, so
// that it ends although another process goes on writing.
func (s *stream) sweep() error {
	for left := s.capacity(); left > 0; {
		n, err := s.sweepOnce()
		if err != nil {
			return err
		}
		left -= n
	}
	return io.EOF
}

func (s *stream) sweepOnce() (n int, err error) {
	var buf *[bufferSize]byte
	controlErr := s.conn.Control(func(fd uintptr) { buf, n, err = readInto(int(fd)) })
	switch {
	case controlErr != nil:
		return 0, controlErr
	case err == unix.EAGAIN:
		return 0, io.EOF
	}
	return n, s.pass(buf, n, err)
}

func (s *stream) capacity() int {
	size := 0
	_ = s.conn.Control(func(fd uintptr) { size, _ = unix.FcntlInt(fd, unix.F_GETPIPE_SZ, 0) })
	return size
}
