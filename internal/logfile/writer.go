package logfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// partialPause is how long an unfinished line is kept back, to be stored in
// one piece; then a reader that follows sees it.
const partialPause = 100 * time.Millisecond

// Writer stores the output of a program. Its methods may be called from several
// goroutines; each stream should have one that writes.
type Writer struct {
	options Options
	store   *store // belongs to run
	lock    *os.File
	work    chan struct{} // there is something for run
	done    chan struct{} // run has ended
	writing sync.WaitGroup

	mu      sync.Mutex
	lines   [2]line
	pending []byte        // records for the store
	spare   []byte        // an empty buffer to go on with when pending is taken
	moved   chan struct{} // closed when pending is taken
	stalled bool          // nobody waits until pending is taken
	lost    loss          // since pending was taken
	partial *time.Timer   // stores unfinished lines; nil if there are none
	closed  bool
}

// Create opens the log in directory dir for writing, and makes it if it does
// not exist; an existing one is continued. A log has one Writer at a time.
func Create(dir string, o Options) (*Writer, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make log directory: %w", err)
	}
	l, err := lock(dir)
	if err != nil {
		return nil, err
	}
	s := &store{dir: dir, maxSize: o.MaxSize, maxFile: o.MaxFiles, onError: o.OnError, create: createFile, now: time.Now}
	if err := s.open(); err != nil {
		_ = l.Close()
		return nil, err
	}
	w := newWriter(o, s)
	w.lock = l
	return w, nil
}

func newWriter(o Options, s *store) *Writer {
	w := &Writer{
		options: o,
		store:   s,
		work:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		moved:   make(chan struct{}),
	}
	w.lines[Stderr].stream = Stderr
	go w.run()
	return w
}

// Stdout returns where the program's standard output goes. It fails only after
// Close; what the disk does not take is counted instead.
func (w *Writer) Stdout() io.Writer { return sink{w, Stdout} }

// Stderr is Stdout for the standard error output.
func (w *Writer) Stderr() io.Writer { return sink{w, Stderr} }

type sink struct {
	w *Writer
	s Stream
}

func (s sink) Write(p []byte) (int, error) {
	if err := s.w.write(s.s, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Note stores a remark of ours, of one line.
func (w *Writer) Note(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	note := line{stream: Note}
	for rest := []byte(text + "\n"); len(rest) > 0 && !w.closed; {
		w.pending, rest = note.add(w.pending, rest, time.Now())
	}
	w.wake()
}

var errClosed error = &os.PathError{Op: "write", Path: "log", Err: os.ErrClosed}

func (w *Writer) write(s Stream, p []byte) error {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errClosed
	}
	w.writing.Add(1)
	defer w.writing.Done()
	// What the other stream has said so far came first.
	w.pending = w.lines[1-s].flush(w.pending)
	l := &w.lines[s]
	for len(p) > 0 {
		if !w.room(now) {
			w.lose(l, p)
			break
		}
		w.pending, p = l.add(w.pending, p, now)
	}
	w.schedule()
	return nil
}

// room waits until there is room for a record, at most until MaxStall after since.
func (w *Writer) room(since time.Time) bool {
	for len(w.pending) >= w.options.Buffer && !w.stalled && !w.closed {
		w.wake()
		moved := w.moved
		w.mu.Unlock()
		inTime := await(moved, w.options.MaxStall-time.Since(since))
		w.mu.Lock()
		w.stalled = w.stalled || !inTime && moved == w.moved
	}
	return len(w.pending) < w.options.Buffer && !w.closed
}

func await(c <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-c:
		return true
	case <-t.C:
		return false
	}
}

// lose counts p as lost; the line it belonged to ends here.
func (w *Writer) lose(l *line, p []byte) {
	w.pending = l.flush(w.pending)
	l.reset()
	w.lost.add(l.stream, len(p), "the disk is too slow")
}

// schedule has run look after new records now, and after unfinished lines soon.
func (w *Writer) schedule() {
	if len(w.pending) > 0 {
		w.wake()
	}
	if w.partial == nil && w.unfinished() {
		w.partial = time.AfterFunc(partialPause, w.flush)
	}
}

func (w *Writer) unfinished() bool { return len(w.lines[Stdout].data)+len(w.lines[Stderr].data) > 0 }

// flush stores unfinished lines as far as they go.
func (w *Writer) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.partial = nil
	w.flushLines()
	w.schedule()
}

// flushLines may go beyond Buffer, by one record a stream.
func (w *Writer) flushLines() {
	for i := range w.lines {
		w.pending = w.lines[i].flush(w.pending)
	}
}

func (w *Writer) wake() {
	select {
	case w.work <- struct{}{}:
	default:
	}
}

// Close stores what is left and syncs it to disk. The error says so if any
// output was lost over the whole time.
func (w *Writer) Close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	w.closed = true
	w.flushLines()
	w.wake()
	w.mu.Unlock()
	<-w.done
	w.writing.Wait()
	w.leftovers()
	err := w.store.close()
	if total := &w.store.total; total.any() {
		err = errors.Join(fmt.Errorf("log %s lost %v", w.store.dir, total), err)
	}
	if w.lock != nil {
		_ = w.lock.Close()
	}
	return err
}

// leftovers are those of a Write that was waiting when Close came, or came too late for run.
func (w *Writer) leftovers() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.store.append(w.pending)
	w.store.owe(w.lost)
}
