package terminal

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// event is a flag that poll(2) can wait for. It stays set until cleared.
type event struct {
	fd int

	mu     sync.Mutex
	closed bool
}

func newEvent() (*event, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("make an eventfd to wake the copying with: %w", err)
	}
	return &event{fd: fd}, nil
}

// set may come from any goroutine, also after close: then nobody waits any more.
func (e *event) set() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	one := binary.NativeEndian.AppendUint64(nil, 1)
	// EAGAIN means that the counter is full: set already.
	_, _ = unix.Write(e.fd, one)
}

func (e *event) clear() {
	var count [8]byte
	// EAGAIN means that it was not set.
	_, _ = unix.Read(e.fd, count[:])
}

func (e *event) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.closed = true
		_ = unix.Close(e.fd)
	}
}

// wait returns when fd is ready for events (POLLIN, POLLOUT, or an error on
// it), when e is set, or after timeout; negative: no timeout. It does not clear e.
func (e *event) wait(fd int, events int16, timeout time.Duration) {
	fds := []unix.PollFd{{Fd: int32(e.fd), Events: unix.POLLIN}, {Fd: int32(fd), Events: events}}
	poll(fds, timeout)
}

// sleep returns when e is set or after timeout.
func (e *event) sleep(timeout time.Duration) {
	poll([]unix.PollFd{{Fd: int32(e.fd), Events: unix.POLLIN}}, timeout)
}

// poll reports whether something is ready. A signal ends it early: all callers loop.
func poll(fds []unix.PollFd, timeout time.Duration) bool {
	ms := -1
	if timeout >= 0 {
		ms = int(timeout.Milliseconds())
	}
	n, err := unix.Poll(fds, ms)
	return err == nil && n > 0
}

// ready reports whether fd has one of events, or an end or an error to tell.
func ready(fd int, events int16) bool {
	return poll([]unix.PollFd{{Fd: int32(fd), Events: events}}, 0)
}

// has reports whether fd is in the one state event.
func has(fd int, event int16) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: event}}
	return poll(fds, 0) && fds[0].Revents&event != 0
}
