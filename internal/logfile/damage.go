package logfile

import (
	"fmt"
	"path/filepath"
	"strings"
)

// damage is a part of a log that cannot be read.
type damage struct {
	bytes  int64
	number int   // of the segment where it begins
	offset int64 // where in it
	inLong bool  // within a line that is too long; its end belongs to the damage
	missed int   // segments that were removed before they were read
}

func (d *damage) any() bool { return d.bytes > 0 || d.missed > 0 }

func (d *damage) add(number int, offset int64, size int, long bool) {
	if d.bytes == 0 {
		d.number, d.offset = number, offset
	}
	d.bytes += int64(size)
	d.inLong = long
}

// damageNote is the record that tells of the damage so far.
func (r *Reader) damageNote() Record {
	var parts []string
	if n := r.damage.bytes; n > 0 {
		name := filepath.Base(segmentPath(r.dir, r.damage.number))
		parts = append(parts, fmt.Sprintf("skipped %d bytes that are no whole record, at byte %d of %s", n, r.damage.offset, name))
	}
	if n := r.damage.missed; n > 0 {
		parts = append(parts, fmt.Sprintf("segments rotated away before they were read: %d", n))
	}
	r.damage = damage{inLong: r.damage.inLong}
	return Record{Note, r.last, true, true, []byte(strings.Join(parts, "; "))}
}
