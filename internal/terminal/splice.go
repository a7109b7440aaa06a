package terminal

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// errNoSplice means that bytes have to go through a buffer, from here on.
var errNoSplice = errors.New("no splice between these files")

// splice moves bytes inside the kernel until an error; io.EOF is the good one.
//
// Only without a cap: a shared cap has to be taken from what was read, before it
// is written. Only to pipes, where it is twice as fast as copying: to files it is
// slower (BenchmarkCapture), and elsewhere it may block where Close cannot end it.
//
// FACT — since 2.6.17 (splice(2)) — it gives EINVAL, having moved nothing, for a target
// opened with O_APPEND — errNoSplice, and we copy — all kernels.
func (s *stream) splice() error {
	if !s.budget.unlimited() || s.file == nil || s.file.kind != unix.S_IFIFO {
		return errNoSplice
	}
	for {
		if err := s.spliceOnce(); err != nil {
			return err
		}
	}
}

func (s *stream) spliceOnce() error {
	var n int64
	var err error
	waitErr := s.conn.Read(func(fd uintptr) bool {
		n, err = s.move(int(fd))
		return err != unix.EAGAIN
	})
	switch {
	case waitErr != nil:
		return waitErr
	case err == unix.EINVAL:
		return errNoSplice
	case err != nil:
		return err
	case n == 0:
		return io.EOF
	}
	s.budget.take(int(n))
	s.budget.delivered.Add(n)
	return nil
}

// move returns EAGAIN only if the pipe is empty; while the target is full it waits for it.
func (s *stream) move(pipe int) (int64, error) {
	const most = 1 << 20
	for !s.file.stopped() {
		n, err := unix.Splice(pipe, nil, s.file.fd, nil, most, unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
		switch {
		case err == unix.EINTR:
		case err != unix.EAGAIN, !ready(pipe, unix.POLLIN):
			return n, err
		default:
			s.file.writable()
		}
	}
	return 0, os.ErrClosed
}
