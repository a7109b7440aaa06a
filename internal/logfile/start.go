package logfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// position is a place in a log, at the beginning of a record.
type position struct {
	number int
	offset int64
}

// startOf finds where to begin to read.
func startOf(dir string, o ReadOptions) (position, error) {
	numbers, err := segments(dir)
	if err != nil {
		return position{}, err
	}
	if len(numbers) == 0 {
		return position{}, fmt.Errorf("read log %s: it has no segments: was it ever written?", dir)
	}
	if o.Tail != 0 {
		return startOfTail(dir, numbers, max(0, o.Tail))
	}
	return position{number: firstSince(dir, numbers, o.Since)}, nil
}

// firstSince skips the segments that were last written before since.
func firstSince(dir string, numbers []int, since time.Time) int {
	for _, n := range numbers[:len(numbers)-1] {
		st, err := os.Stat(segmentPath(dir, n))
		if err == nil && !st.ModTime().Before(since) {
			return n
		}
	}
	return numbers[len(numbers)-1]
}

// startOfTail goes back, segment by segment, until n lines have begun.
func startOfTail(dir string, numbers []int, n int) (position, error) {
	for i := len(numbers) - 1; ; i-- {
		begins, end, err := lineBegins(segmentPath(dir, numbers[i]))
		switch {
		case errors.Is(err, os.ErrNotExist) && i < len(numbers)-1:
			// Rotated away since: the next one is the oldest.
			return position{numbers[i+1], 0}, nil
		case err != nil:
			return position{}, err
		case n == 0:
			return position{numbers[i], end}, nil
		case len(begins) >= n:
			return position{numbers[i], begins[len(begins)-n]}, nil
		case i == 0:
			return position{numbers[0], 0}, nil
		}
		n -= len(begins)
	}
}

// lineBegins returns the offsets at which lines begin, and that of the end of the last record.
func lineBegins(path string) (begins []int64, end int64, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("read log: %w", err)
	}
	defer func() { _ = f.Close() }()
	s := newScanner(f, 0)
	for {
		line, size, err := s.next()
		if err == io.EOF {
			return begins, s.offset, nil
		}
		if err != nil && !errors.Is(err, errLong) {
			return nil, 0, fmt.Errorf("read log: %w", err)
		}
		if beginsLine(line) {
			begins = append(begins, s.offset-int64(size))
		}
	}
}

// beginsLine is a parseRecord that looks only at what has a fixed place.
func beginsLine(record []byte) bool {
	const part = len(timeLayout) + len(" out ")
	return len(record) > part+1 && record[part-1] == ' ' && record[part+1] == ' ' &&
		(record[part] == 'F' || record[part] == 'B')
}
