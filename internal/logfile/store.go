package logfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// retryPause is how long a disk that failed is left alone.
const retryPause = time.Second

// file is what a store needs of an *os.File.
type file interface {
	io.WriteCloser
	Truncate(size int64) error
	Sync() error
}

// store writes records into segments. One goroutine uses it.
type store struct {
	dir     string
	maxSize int64
	maxFile int
	onError func(error)
	create  func(path string) (file, error)
	now     func() time.Time

	number int // of the current segment
	file   file
	size   int64
	torn   bool // the segment ends in a piece of a record

	owed    loss // not told in the log yet
	total   loss
	failed  error     // of the current run of failures
	retryAt time.Time // when failed
}

func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
}

// open continues the newest segment, or makes the first.
func (s *store) open() error {
	numbers, err := segments(s.dir)
	if err != nil {
		return err
	}
	if len(numbers) == 0 {
		if err := s.begin(1); err != nil {
			return fmt.Errorf("begin log: %w", err)
		}
		return nil
	}
	s.number = numbers[len(numbers)-1]
	f, err := os.OpenFile(segmentPath(s.dir, s.number), os.O_RDWR|os.O_APPEND|unix.O_NOFOLLOW, 0)
	if err != nil {
		return fmt.Errorf("continue log: %w", err)
	}
	s.file = f
	if s.size, s.torn, err = ending(f); err != nil {
		_ = f.Close()
		return err
	}
	return nil
}

// ending returns the size of a segment, and whether its last record is torn.
func ending(f *os.File) (size int64, torn bool, err error) {
	st, err := f.Stat()
	if err != nil {
		return 0, false, fmt.Errorf("continue log: %w", err)
	}
	if st.Size() == 0 {
		return 0, false, nil
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, st.Size()-1); err != nil {
		return 0, false, fmt.Errorf("continue log: %w", err)
	}
	return st.Size(), last[0] != '\n', nil
}

// begin makes segment n the current one.
func (s *store) begin(n int) error {
	path := segmentPath(s.dir, n)
	f, err := s.create(path)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(f, header); err != nil {
		_ = f.Close()
		_ = os.Remove(path)
		return err
	}
	if s.file != nil {
		_ = s.file.Close()
	}
	s.file, s.number, s.size, s.torn = f, n, int64(len(header)), false
	return nil
}

// rotate begins the next segment. The oldest goes first: on a full disk that makes the room.
func (s *store) rotate() error {
	numbers, err := segments(s.dir)
	if err != nil {
		return err
	}
	for len(numbers) >= s.maxFile && numbers[0] != s.number {
		_ = os.Remove(segmentPath(s.dir, numbers[0])) // what stays is tried again next time
		numbers = numbers[1:]
	}
	if err := s.begin(s.number + 1); err != nil {
		return err
	}
	if s.maxFile == 1 {
		_ = os.Remove(segmentPath(s.dir, s.number-1))
	}
	return nil
}

// append stores records. What it cannot store it counts as lost.
func (s *store) append(records []byte) {
	if s.failed != nil && s.now().Before(s.retryAt) {
		s.lose(records)
		return
	}
	if !s.tell() {
		s.lose(records)
		return
	}
	if rest, err := s.write(records); err != nil {
		s.fail(err, rest)
	}
}

// tell stores the note about what was lost, if there is any. It reports success.
func (s *store) tell() bool {
	if !s.owed.any() {
		return true
	}
	if _, err := s.write(s.owed.note(s.now())); err != nil {
		s.fail(err, nil)
		return false
	}
	s.owed = loss{}
	s.failed = nil
	return true
}

// write stores records, over as many segments as they need. It returns those it could not store.
func (s *store) write(records []byte) (rest []byte, err error) {
	for len(records) > 0 {
		part := fitting(records, s.maxSize-s.size)
		if len(part) == 0 {
			if err := s.rotate(); err != nil {
				return records, err
			}
			continue
		}
		n, err := s.put(part)
		records = records[n:]
		if err != nil {
			return records, err
		}
	}
	return nil, nil
}

// fitting is the longest beginning of records that has whole ones only and at most room bytes.
func fitting(records []byte, room int64) []byte {
	if int64(len(records)) <= room {
		return records
	}
	return records[:bytes.LastIndexByte(records[:max(room, 0)], '\n')+1]
}

// put writes whole records. It returns how many bytes of them are stored, which
// on an error are whole records, too: of the rest nothing stays, as far as that can be undone.
func (s *store) put(b []byte) (stored int, err error) {
	if err := s.endTorn(); err != nil {
		return 0, err
	}
	n, err := s.file.Write(b)
	if err == nil {
		s.size += int64(n)
		return n, nil
	}
	stored = bytes.LastIndexByte(b[:n], '\n') + 1
	s.size += int64(stored)
	if n > stored && s.file.Truncate(s.size) != nil {
		s.size += int64(n - stored)
		s.torn = true
	}
	return stored, err
}

// endTorn ends the piece of a record at the end of the segment, which a reader then skips.
func (s *store) endTorn() error {
	if !s.torn {
		return nil
	}
	n, err := s.file.Write([]byte("\n"))
	s.size += int64(n)
	s.torn = err != nil
	return err
}

// fail begins or goes on with a run of failures.
func (s *store) fail(err error, records []byte) {
	if s.failed == nil && s.onError != nil {
		s.onError(fmt.Errorf("write log %s: %w; output is dropped until that changes", s.dir, err))
	}
	s.failed = err
	s.retryAt = s.now().Add(retryPause)
	s.lose(records)
}

func (s *store) lose(records []byte) {
	var l loss
	l.addRecords(records, s.cause())
	s.owe(l)
}

// cause is the failure without the path, which the reader knows.
func (s *store) cause() string {
	if s.failed == nil {
		return "unknown"
	}
	var path *os.PathError
	if errors.As(s.failed, &path) {
		return path.Err.Error()
	}
	return s.failed.Error()
}

// owe adds to what has to be told.
func (s *store) owe(l loss) {
	s.owed.merge(l)
	s.total.merge(l)
}

// close tells what is still to be told, and makes it all last.
func (s *store) close() error {
	s.tell()
	err := s.file.Sync()
	if closeErr := s.file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("close log %s: %w", s.dir, err)
	}
	return nil
}
