package logfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// TailNone as ReadOptions.Tail shows nothing of what is there.
const TailNone = -1

// ReadOptions says what of a log to read. The zero value is all that is there.
type ReadOptions struct {
	// Tail is the number of lines at the end to begin with; 0 means all, TailNone none.
	Tail int
	// Since leaves out lines that began before.
	Since time.Time
	// Follow waits for more at the end, as long as a Writer has the log open.
	Follow bool
}

// Reader reads a log, in the order in which it was written.
type Reader struct {
	dir     string
	options ReadOptions
	number  int // of the segment
	scan    *scanner
	final   bool   // the segment does not grow any more
	damage  damage // not told yet
	held    *Record
	last    time.Time // of the last record, for notes
	watch   *watch    // if Follow
}

// Open begins to read the log in directory dir.
func Open(dir string, o ReadOptions) (*Reader, error) {
	r := &Reader{dir: dir, options: o}
	if o.Follow {
		r.watch = newWatch(dir)
	}
	if err := r.begin(); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// begin opens the segment to begin with.
func (r *Reader) begin() error {
	for {
		at, err := startOf(r.dir, r.options)
		if err != nil {
			return err
		}
		err = r.enter(at.number, at.offset)
		// A segment that was rotated away since: look again.
		if !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
}

// enter goes on with another segment.
func (r *Reader) enter(number int, offset int64) error {
	f, err := os.OpenFile(segmentPath(r.dir, number), os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return fmt.Errorf("read log: %w", err)
	}
	r.leave()
	r.number, r.final = number, false
	r.scan = newScanner(f, offset)
	return nil
}

func (r *Reader) leave() {
	if r.scan != nil {
		_ = r.scan.file.Close()
		r.scan = nil
	}
}

// Close ends the reading.
func (r *Reader) Close() error {
	r.leave()
	if r.watch != nil {
		r.watch.close()
	}
	return nil
}

// Next returns the next record; its Data is valid until the next call. io.EOF
// is the end; with Follow it comes when the Writer has gone. Damaged parts
// are skipped, and a record of stream Note tells of them. It waits, if it has to, until ctx ends.
func (r *Reader) Next(ctx context.Context) (Record, error) {
	if r.held != nil {
		rec := *r.held
		r.held = nil
		return rec, nil
	}
	for {
		line, size, err := r.scan.next()
		switch {
		case err == nil || errors.Is(err, errLong):
			rec, ok, err := r.decode(line, size, err)
			if ok || err != nil {
				return rec, err
			}
		case err != io.EOF:
			return Record{}, fmt.Errorf("read log: %w", err)
		default:
			rec, ok, err := r.atEnd(ctx)
			if ok || err != nil {
				return rec, err
			}
		}
	}
}

// decode makes a record of a line, or counts it as damage.
func (r *Reader) decode(line []byte, size int, err error) (Record, bool, error) {
	if r.scan.offset == int64(size) && isHeader(line) {
		return Record{}, false, r.checkHeader(line)
	}
	rec := Record{}
	if err == nil {
		rec, err = parseRecord(line)
	}
	if err != nil || r.damage.inLong {
		r.damage.add(r.number, r.scan.offset-int64(size), size, errors.Is(err, errLong))
		return rec, false, nil
	}
	r.last = rec.Time
	if since := r.options.Since; !since.IsZero() && rec.Time.Before(since) {
		return rec, false, nil
	}
	return r.afterDamage(rec), true, nil
}

// afterDamage is rec, or the note about the damage before it.
func (r *Reader) afterDamage(rec Record) Record {
	if !r.damage.any() {
		return rec
	}
	r.held = &rec
	return r.damageNote()
}

// atEnd does what is to be done when no whole line is left. It returns a
// record, an error, or neither: then it is worth trying again.
func (r *Reader) atEnd(ctx context.Context) (rec Record, ok bool, err error) {
	next, err := r.nextSegment()
	if err != nil {
		return rec, false, err
	}
	switch {
	case r.final:
		return r.finish(next)
	case next > 0 || !written(r.dir):
		// Whoever wrote it has gone on, or gone: what they wrote last may have
		// come after our last look.
		r.final = true
		return rec, false, nil
	case !r.options.Follow:
		return r.end()
	case r.damage.any():
		return r.damageNote(), true, nil
	default:
		return rec, false, r.watch.wait(ctx)
	}
}

// nextSegment is the number of the segment after this one, 0 if there is none.
func (r *Reader) nextSegment() (int, error) {
	numbers, err := segments(r.dir)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil // the log was removed while we read
	}
	if err != nil {
		return 0, err
	}
	for _, n := range numbers {
		if n > r.number {
			return n, nil
		}
	}
	return 0, nil
}

// finish takes what is left of a segment that does not grow any more, and goes on to next.
func (r *Reader) finish(next int) (rec Record, ok bool, err error) {
	rest, err := r.scan.rest()
	if err != nil {
		return rec, false, fmt.Errorf("read log: %w", err)
	}
	if len(rest) > 0 {
		// Whole but for its newline, or torn.
		return r.decode(rest, len(rest), nil)
	}
	if next == 0 {
		return r.end()
	}
	missed := next - r.number - 1
	err = r.enter(next, 0)
	if errors.Is(err, os.ErrNotExist) {
		return rec, false, nil // rotated away since: look again
	}
	r.damage.missed += missed
	r.damage.inLong = false
	return rec, false, err
}

// end tells of damage at the end, then io.EOF.
func (r *Reader) end() (Record, bool, error) {
	if r.damage.any() {
		return r.damageNote(), true, nil
	}
	return Record{}, false, io.EOF
}
