package logfile

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// loss counts the bytes that did not get into the log.
type loss struct {
	bytes [streams]int64
	cause string
}

func (l *loss) any() bool { return l.cause != "" }

func (l *loss) add(s Stream, n int, cause string) {
	l.bytes[s] += int64(n)
	l.cause = cause
}

func (l *loss) merge(m loss) {
	if !m.any() {
		return
	}
	for s, n := range m.bytes {
		l.bytes[s] += n
	}
	l.cause = m.cause
}

// addRecords counts what is in encoded records.
func (l *loss) addRecords(b []byte, cause string) {
	for line := range bytes.Lines(b) {
		r, err := parseRecord(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			continue // it came from appendRecord: cannot be
		}
		n := len(r.Data)
		if r.Ends {
			n++ // the newline
		}
		l.add(r.Stream, n, cause)
	}
}

// String is "12 bytes of stdout and 3 of stderr: CAUSE".
func (l *loss) String() string {
	var parts []string
	unit := " bytes"
	for _, s := range []Stream{Stdout, Stderr} {
		if n := l.bytes[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d%s of %v", n, unit, s))
			unit = ""
		}
	}
	if parts == nil {
		parts = []string{"notes only"}
	}
	return strings.Join(parts, " and ") + ": " + l.cause
}

// note is the record that tells of it.
func (l *loss) note(now time.Time) []byte {
	return appendRecord(nil, Record{Note, now, true, true, []byte("lost " + l.String())})
}
