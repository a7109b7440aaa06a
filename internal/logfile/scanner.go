package logfile

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// errLong is for a line that is too long to be a record.
var errLong = errors.New("line too long")

// scanner reads the lines of a segment that may grow, or lose an unfinished
// last line (a Writer takes that back when the disk is full).
type scanner struct {
	file       *os.File
	offset     int64 // of buf[start] in the file
	buf        []byte
	start, end int
}

func newScanner(f *os.File, offset int64) *scanner {
	return &scanner{file: f, offset: offset, buf: make([]byte, 2*maxRecord)}
}

// next returns the next line without its newline, valid until the next call.
// io.EOF means that there is no whole line, yet. With errLong, part of a long
// line was skipped; size says how many bytes of the file were used up.
func (s *scanner) next() (line []byte, size int, err error) {
	for {
		if i := bytes.IndexByte(s.buf[s.start:s.end], '\n'); i >= 0 {
			line = s.buf[s.start : s.start+i]
			s.advance(i + 1)
			return line, i + 1, nil
		}
		if s.end-s.start > maxRecord {
			size := s.end - s.start
			s.advance(size)
			return nil, size, errLong
		}
		if err := s.fill(); err != nil {
			return nil, 0, err
		}
	}
}

func (s *scanner) advance(n int) {
	s.start += n
	s.offset += int64(n)
}

// fill reads more. At the end it forgets what it has of an unfinished line,
// which may be another one next time.
func (s *scanner) fill() error {
	copy(s.buf, s.buf[s.start:s.end])
	s.end -= s.start
	s.start = 0
	n, err := s.file.ReadAt(s.buf[s.end:], s.offset+int64(s.end))
	s.end += n
	if n > 0 {
		return nil
	}
	s.end = 0
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// rest returns the unfinished last line of a segment that does not grow any more.
func (s *scanner) rest() ([]byte, error) {
	n, err := s.file.ReadAt(s.buf[:maxRecord], s.offset)
	if err == io.EOF {
		err = nil
	}
	s.start, s.end = 0, 0
	s.offset += int64(n)
	return s.buf[:n], err
}
