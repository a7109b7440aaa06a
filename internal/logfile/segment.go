package logfile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	segmentPrefix = "log."
	lockName      = "lock"
)

// segmentPath is the file of segment n of the log in dir.
func segmentPath(dir string, n int) string {
	return filepath.Join(dir, fmt.Sprintf("%s%06d", segmentPrefix, n))
}

// segments lists the numbers of the segments in dir, in order.
func segments(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list log %s: %w", dir, err)
	}
	var numbers []int
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), segmentPrefix)
		n, err := strconv.Atoi(digits)
		if ok && err == nil && n > 0 && e.Type().IsRegular() && filepath.Base(segmentPath(dir, n)) == e.Name() {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// lock marks the log in dir as being written, until the result is closed or its process ends.
func lock(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock log: %w", err)
	}
	// FACT — since 3.15 (fcntl(2) F_OFD_SETLK) — the lock belongs to the open file: closing
	// another descriptor of it in this process does not drop it — nothing older is supported.
	whole := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &whole); err != nil {
		_ = f.Close()
		if err == unix.EAGAIN || err == unix.EACCES {
			err = fmt.Errorf("another process writes it (%w)", err)
		}
		return nil, fmt.Errorf("lock log %s: %w", dir, err)
	}
	return f, nil
}

// written reports whether a Writer has the log in dir open.
func written(dir string) bool {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	whole := unix.Flock_t{Type: unix.F_RDLCK}
	err = unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &whole)
	return err == nil && whole.Type != unix.F_UNLCK
}
