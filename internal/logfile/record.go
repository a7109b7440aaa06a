package logfile

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Stream says who wrote a record.
type Stream uint8

// The streams. Note is a remark of ours: about lost or damaged records.
const (
	Stdout Stream = iota
	Stderr
	Note
	streams = 3
)

var streamNames = [streams]string{"out", "err", "log"}

func (s Stream) String() string {
	return [streams]string{"stdout", "stderr", "note"}[s]
}

// Record is a line of a program, or a part of one.
type Record struct {
	Stream Stream
	// Time is when the line began.
	Time time.Time
	// Begins and Ends say whether the line's first byte is here, and its newline.
	Begins, Ends bool
	// Data is without the newline.
	Data []byte
}

const (
	maxData = 16 << 10
	// maxRecord is maxData and what is around it.
	maxRecord = maxData + len(timeLayout) + len(" out F 16384 \n")
	// The version goes up when readers of the old one would misunderstand.
	headerStart = "#bulkhead log "
	header      = headerStart + "1\n"
	timeLayout  = "2006-01-02T15:04:05.000000000Z"
)

// appendRecord encodes r.
func appendRecord(b []byte, r Record) []byte {
	b = r.Time.UTC().AppendFormat(b, timeLayout)
	b = append(b, ' ')
	b = append(b, streamNames[r.Stream]...)
	b = append(b, ' ', r.part(), ' ')
	b = strconv.AppendInt(b, int64(len(r.Data)), 10)
	b = append(b, ' ')
	b = append(b, r.Data...)
	return append(b, '\n')
}

// isHeader tells whether a segment's first line names a version: a crash may have torn it before.
func isHeader(line []byte) bool {
	version, ok := bytes.CutPrefix(line, []byte(headerStart))
	return ok && len(version) > 0 && len(bytes.Trim(version, "0123456789")) == 0
}

// checkHeader refuses a segment of a newer bulkhead.
func (r *Reader) checkHeader(line []byte) error {
	if string(line)+"\n" == header {
		return nil
	}
	return fmt.Errorf("read log %s: format %q is not the %q that this bulkhead reads: use the one that wrote it",
		segmentPath(r.dir, r.number), line, header[:len(header)-1])
}

func (r Record) part() byte {
	switch {
	case r.Begins && r.Ends:
		return 'F'
	case r.Begins:
		return 'B'
	case r.Ends:
		return 'E'
	default:
		return 'C'
	}
}

var errRecord = errors.New("not a record")

// parseRecord decodes a line without its newline. The Data of the result is part of line.
func parseRecord(line []byte) (r Record, err error) {
	stamp, line, _ := bytes.Cut(line, space)
	stream, line, _ := bytes.Cut(line, space)
	part, line, _ := bytes.Cut(line, space)
	size, data, ok := bytes.Cut(line, space)
	if !ok || len(stamp) != len(timeLayout) || len(part) != 1 {
		return r, errRecord
	}
	// Parse also takes a comma for the point.
	if r.Time, err = time.Parse(timeLayout, string(stamp)); err != nil || stamp[len("2006-01-02T15:04:05")] != '.' {
		return r, errRecord
	}
	if !r.setStream(stream) || !r.setPart(part[0]) {
		return r, errRecord
	}
	r.Data = data
	if string(size) != strconv.Itoa(len(data)) || len(data) > maxData {
		return r, errRecord
	}
	return r, nil
}

var space = []byte{' '}

func (r *Record) setStream(name []byte) bool {
	for s, n := range streamNames {
		if string(name) == n {
			r.Stream = Stream(s)
			return true
		}
	}
	return false
}

func (r *Record) setPart(c byte) bool {
	switch c {
	case 'F':
		r.Begins, r.Ends = true, true
	case 'B':
		r.Begins = true
	case 'E':
		r.Ends = true
	case 'C':
	default:
		return false
	}
	return true
}
