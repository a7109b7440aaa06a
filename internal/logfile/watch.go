package logfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// pollPause is for when the kernel gives no inotify (its limits are per user).
	pollPause = 200 * time.Millisecond
	// checkPause is for changes that inotify does not see, on network file systems.
	checkPause = 2 * time.Second
)

// watch waits for changes in a log directory.
type watch struct {
	events *os.File // nil: only by polling
}

// newWatch sees all changes from here on.
func newWatch(dir string) *watch {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return &watch{}
	}
	f := os.NewFile(uintptr(fd), "inotify")
	// IN_CLOSE_WRITE: the death of a Writer closes its lock.
	const changes = unix.IN_MODIFY | unix.IN_CREATE | unix.IN_CLOSE_WRITE | unix.IN_DELETE | unix.IN_DELETE_SELF
	if _, err := unix.InotifyAddWatch(fd, dir, changes); err != nil {
		_ = f.Close()
		return &watch{}
	}
	return &watch{f}
}

func (w *watch) close() {
	if w.events != nil {
		_ = w.events.Close()
	}
}

// wait returns nil when something may have changed since the last call, or an
// error when ctx has ended.
func (w *watch) wait(ctx context.Context) error {
	if w.events == nil {
		return pause(ctx, pollPause)
	}
	stop := context.AfterFunc(ctx, func() { _ = w.events.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	// The order matters: ctx may end while this is set.
	if err := w.events.SetReadDeadline(time.Now().Add(checkPause)); err != nil {
		return fmt.Errorf("follow log: %w", err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// What the events are does not matter: the reader looks for itself.
	var buf [4096]byte
	_, err := w.events.Read(buf[:])
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("follow log: %w", err)
	}
	return ctx.Err()
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
