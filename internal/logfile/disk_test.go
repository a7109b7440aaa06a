package logfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// fakeDisk is a disk that can be full or slow, with one log on it.
type fakeDisk struct {
	mu         sync.Mutex
	room       int // bytes that still fit; negative: any number
	noTruncate bool
	gate       chan struct{} // if set, each write waits for it
	files      map[string]*bytes.Buffer
}

func (d *fakeDisk) create(path string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room == 0 {
		return nil, &os.PathError{Op: "open", Path: path, Err: syscall.ENOSPC}
	}
	b := new(bytes.Buffer)
	d.files[path] = b
	return fakeFile{d, b}, nil
}

type fakeFile struct {
	d *fakeDisk
	b *bytes.Buffer
}

func (f fakeFile) Write(p []byte) (int, error) {
	if gate := f.d.gate; gate != nil {
		<-gate
	}
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	n := len(p)
	if f.d.room >= 0 {
		n = min(n, f.d.room)
		f.d.room -= n
	}
	f.b.Write(p[:n])
	if n < len(p) {
		return n, &os.PathError{Op: "write", Path: "file", Err: syscall.ENOSPC}
	}
	return n, nil
}

func (f fakeFile) Truncate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.noTruncate {
		return syscall.EIO
	}
	if f.d.room >= 0 {
		f.d.room += f.b.Len() - int(size)
	}
	f.b.Truncate(int(size))
	return nil
}

func (f fakeFile) Sync() error  { return nil }
func (f fakeFile) Close() error { return nil }

func (d *fakeDisk) setRoom(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = n
}

// unload puts what is on the disk into a directory, to be read.
func (d *fakeDisk) unload(t *testing.T) string {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	dir := t.TempDir()
	for path, b := range d.files {
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// on makes a Writer on a fake disk.
func (d *fakeDisk) writer(t *testing.T, o Options) *Writer {
	t.Helper()
	d.files = map[string]*bytes.Buffer{}
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	s := &store{dir: t.TempDir(), maxSize: o.MaxSize, maxFile: o.MaxFiles, onError: o.OnError, create: d.create, now: time.Now}
	if err := s.open(); err != nil {
		t.Fatal(err)
	}
	return newWriter(o, s)
}

func within(t *testing.T, what string, do func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatalf("%s does not return", what)
		return nil
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

func (d *fakeDisk) contains(text string) func() bool {
	return func() bool { return strings.Contains(d.all(), text) }
}

// A full disk: reported once, the program goes on, the loss is in the log when there is space again.
func TestFullDisk(t *testing.T) {
	for _, noTruncate := range []bool{false, true} {
		t.Run(fmt.Sprintf("truncate fails: %v", noTruncate), func(t *testing.T) {
			var errs []error
			d := &fakeDisk{room: 300, noTruncate: noTruncate}
			w := d.writer(t, Options{OnError: func(err error) { errs = append(errs, err) }})
			for range 3 {
				say(t, w.Stdout(), strings.Repeat("123456789\n", 100))
				say(t, w.Stderr(), "lost too\n")
			}
			time.Sleep(50 * time.Millisecond)
			d.setRoom(-1)
			eventually(t, "the note, without more output", d.contains("stderr: no space left on device"))
			say(t, w.Stdout(), "after\n")
			err := within(t, "Close", w.Close)
			records := readAll(t, d.unload(t), ReadOptions{})
			kept := len(bytesOf(records, Stdout)) - len("after\n")
			note := fmt.Sprintf("lost %d bytes of stdout and 27 of stderr: no space left on device", 3000-kept)
			if err == nil || !strings.Contains(err.Error(), note) {
				t.Errorf("Close says %v, want %q", err, note)
			}
			if len(errs) != 1 || !errors.Is(errs[0], syscall.ENOSPC) {
				t.Errorf("reported: %v", errs)
			}
			if kept == 0 || kept > 100 {
				t.Errorf("%d bytes kept", kept)
			}
			n := len(records)
			if got := brief(records[n-2:]); got != "log:F:"+note+"|out:F:after" {
				t.Errorf("the log ends with %q", got)
			}
			if torn := strings.Contains(brief(records), "skipped"); torn != noTruncate {
				t.Errorf("torn record: %v: %q", torn, brief(records))
			}
		})
	}
}

// The second time the disk is full is reported, too.
func TestFullDiskAgain(t *testing.T) {
	reports := make(chan error, 10)
	d := &fakeDisk{room: 100}
	w := d.writer(t, Options{OnError: func(err error) { reports <- err }})
	for i := range 2 {
		say(t, w.Stdout(), strings.Repeat("x", 1000)+"\n")
		if err := <-reports; !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("reported %v", err)
		}
		d.setRoom(-1)
		eventually(t, "the note", func() bool { return strings.Count(d.all(), "lost 1001 bytes") == i+1 })
		d.setRoom(0)
	}
	if err := within(t, "Close", w.Close); err == nil || !strings.Contains(err.Error(), "lost 2002 bytes of stdout") {
		t.Errorf("Close says %v", err)
	}
	if len(reports) > 0 {
		t.Errorf("too many reports: %v", <-reports)
	}
}

func (d *fakeDisk) all() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all strings.Builder
	for _, b := range d.files {
		all.Write(b.Bytes())
	}
	return all.String()
}

// No space to rotate into is the same as a full disk.
func TestFullDiskAtRotation(t *testing.T) {
	var errs []error
	d := &fakeDisk{room: minSize}
	w := d.writer(t, Options{MaxSize: minSize, OnError: func(err error) { errs = append(errs, err) }})
	text := strings.Repeat("x", 999) + "\n"
	for range 100 {
		say(t, w.Stdout(), text)
	}
	err := within(t, "Close", w.Close)
	kept := bytesOf(readAll(t, d.unload(t), ReadOptions{}), Stdout)
	want := fmt.Sprintf("lost %d bytes of stdout", 100*len(text)-len(kept))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Close says %v, want %q", err, want)
	}
	if len(errs) != 1 || len(kept) < 50000 {
		t.Errorf("%d bytes kept, reports %v", len(kept), errs)
	}
}

// A disk that hangs holds the program up for MaxStall, once.
func TestSlowDisk(t *testing.T) {
	const stall = 200 * time.Millisecond
	d := &fakeDisk{room: -1, gate: make(chan struct{}, 100)}
	d.gate <- struct{}{} // the header
	w := d.writer(t, Options{Buffer: 10000, MaxStall: stall})
	text := strings.Repeat("x", 999) + "\n"
	start := time.Now()
	for range 200 {
		say(t, w.Stdout(), text)
	}
	if took := time.Since(start); took < stall || took > 20*stall {
		t.Errorf("200 lines took %v with a disk that hangs", took)
	}
	go func() { // from here on it is only slow
		for range 1000 {
			d.gate <- struct{}{}
			time.Sleep(time.Millisecond)
		}
	}()
	eventually(t, "the note", d.contains("the disk is too slow"))
	after := strings.Repeat("after\n", 10000)
	say(t, w.Stdout(), after)
	err := within(t, "Close", w.Close)
	records := readAll(t, d.unload(t), ReadOptions{})
	kept := len(bytesOf(records, Stdout)) - len(after)
	note := fmt.Sprintf("lost %d bytes of stdout: the disk is too slow", 200*len(text)-kept)
	if err == nil || !strings.Contains(err.Error(), note) {
		t.Errorf("Close says %v, want %q", err, note)
	}
	if n := len(records) - 10000; brief(records[n-1:n+1]) != "log:F:"+note+"|out:F:after" {
		t.Errorf("the note is %q", brief(records[n-1:n+1]))
	}
}

// A slow disk that moves costs time, and no output.
func TestBackPressure(t *testing.T) {
	d := &fakeDisk{room: -1, gate: make(chan struct{})}
	go func() {
		for range 1000 {
			d.gate <- struct{}{}
			time.Sleep(time.Millisecond)
		}
		close(d.gate)
	}()
	w := d.writer(t, Options{Buffer: 10000})
	text := strings.Repeat("x", 999) + "\n"
	for range 300 {
		say(t, w.Stdout(), text)
	}
	if err := within(t, "Close", w.Close); err != nil {
		t.Fatal(err)
	}
	if got := bytesOf(readAll(t, d.unload(t), ReadOptions{}), Stdout); string(got) != strings.Repeat(text, 300) {
		t.Errorf("%d bytes", len(got))
	}
}

// Close while a Write waits for the disk.
func TestCloseDuringStall(t *testing.T) {
	d := &fakeDisk{room: -1, gate: make(chan struct{}, 1)}
	d.gate <- struct{}{}
	w := d.writer(t, Options{Buffer: 100, MaxStall: time.Hour})
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(w.Stdout(), strings.Repeat("line\n", 1000))
		written <- err
	}()
	time.Sleep(50 * time.Millisecond)
	closing := make(chan error, 1)
	go func() { closing <- w.Close() }()
	time.Sleep(50 * time.Millisecond)
	close(d.gate)
	if err := within(t, "Write", func() error { return <-written }); err != nil {
		t.Errorf("Write: %v", err)
	}
	err := within(t, "Close", func() error { return <-closing })
	kept := len(bytesOf(readAll(t, d.unload(t), ReadOptions{}), Stdout))
	if want := fmt.Sprintf("lost %d bytes", 5000-kept); kept < 5000 && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("Close says %v, want %q", err, want)
	}
}
