package logfile

import (
	"bytes"
	"time"
)

// line is the unfinished line of one stream.
type line struct {
	stream Stream
	began  time.Time
	stored bool // a part of it is in the log already
	data   []byte
}

// add takes bytes off p until they make a record, which it appends to out, or
// until p is empty. It returns both.
func (l *line) add(out, p []byte, now time.Time) (_, rest []byte) {
	if !l.open() {
		l.began = now
	}
	part, rest, ended := cut(p, maxData-len(l.data))
	l.data = append(l.data, part...)
	if ended || len(l.data) == maxData {
		out = l.store(out, ended)
	}
	return out, rest
}

// cut splits p at its first newline, which is dropped, or after room bytes.
func cut(p []byte, room int) (part, rest []byte, ended bool) {
	i := bytes.IndexByte(p[:min(len(p), room+1)], '\n')
	if i >= 0 {
		return p[:i], p[i+1:], true
	}
	n := min(len(p), room)
	return p[:n], p[n:], false
}

// open reports whether the line has a byte already.
func (l *line) open() bool { return l.stored || len(l.data) > 0 }

// flush stores what there is of an unfinished line.
func (l *line) flush(out []byte) []byte {
	if len(l.data) == 0 {
		return out
	}
	return l.store(out, false)
}

func (l *line) store(out []byte, ended bool) []byte {
	out = appendRecord(out, Record{l.stream, l.began, !l.stored, ended, l.data})
	l.stored = !ended
	l.data = l.data[:0]
	return out
}

// reset forgets the line: what follows begins a new one.
func (l *line) reset() {
	l.stored = false
	l.data = l.data[:0]
}
