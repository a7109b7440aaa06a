package logfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// follower reads in the background.
type follower struct {
	records chan Record
	end     chan error
}

func follow(t *testing.T, ctx context.Context, dir string, o ReadOptions) *follower {
	t.Helper()
	o.Follow = true
	r, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{make(chan Record, 1<<16), make(chan error, 1)}
	go func() {
		defer r.Close()
		for {
			rec, err := r.Next(ctx)
			if err != nil {
				f.end <- err
				return
			}
			rec.Data = bytes.Clone(rec.Data)
			f.records <- rec
		}
	}()
	return f
}

func (f *follower) expect(t *testing.T, want string) {
	t.Helper()
	select {
	case r := <-f.records:
		if got := brief([]Record{r}); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	case err := <-f.end:
		t.Fatalf("ended with %v instead of %q", err, want)
	case <-time.After(patience):
		t.Fatalf("%q does not come", want)
	}
}

func (f *follower) ends(t *testing.T, want error) {
	t.Helper()
	select {
	case err := <-f.end:
		if !errors.Is(err, want) {
			t.Errorf("ended with %v, want %v", err, want)
		}
	case <-time.After(patience):
		t.Fatal("does not end")
	}
}

func TestFollow(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, Options{})
	say(t, w.Stdout(), "before\n")
	f := follow(t, t.Context(), dir, ReadOptions{})
	f.expect(t, "out:F:before")
	start := time.Now()
	say(t, w.Stdout(), "after\n")
	f.expect(t, "out:F:after")
	if took := time.Since(start); took >= checkPause {
		t.Errorf("a line took %v", took)
	}
	say(t, w.Stdout(), "Password: ")
	f.expect(t, "out:B:Password: ")
	say(t, w.Stderr(), "no\n")
	f.expect(t, "err:F:no")
	say(t, w.Stdout(), "thanks\n")
	f.expect(t, "out:E:thanks")
	closed(t, w)
	f.ends(t, io.EOF)
}

// What comes between a reader's last look and the end of the Writer is not missed.
func TestLastWordsAreRead(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, Options{})
	r, err := Open(dir, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(t.Context()); err != io.EOF {
		t.Fatalf("ended with %v", err)
	}
	say(t, w.Stdout(), "last words\n")
	closed(t, w)
	if rec, ok, err := r.atEnd(t.Context()); ok || err != nil {
		t.Fatalf("the end is %q, %v", rec.Data, err)
	}
	if rec, err := r.Next(t.Context()); string(rec.Data) != "last words" {
		t.Errorf("%q, %v", rec.Data, err)
	}
}

func TestFollowBeginsAtTheEnd(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, Options{})
	say(t, w.Stdout(), "old\n")
	old := follow(t, t.Context(), dir, ReadOptions{})
	old.expect(t, "out:F:old") // it is on disk
	f := follow(t, t.Context(), dir, ReadOptions{Tail: TailNone})
	say(t, w.Stdout(), "new\n")
	f.expect(t, "out:F:new")
	closed(t, w)
	f.ends(t, io.EOF)
}

func TestFollowIsCancelled(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, Options{})
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	f := follow(t, ctx, dir, ReadOptions{})
	time.Sleep(20 * time.Millisecond)
	cancel()
	f.ends(t, context.Canceled)
}

func TestFollowWithoutInotify(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, Options{})
	r, err := Open(dir, ReadOptions{Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.watch.close()
	r.watch.events = nil
	time.AfterFunc(20*time.Millisecond, func() {
		_, _ = io.WriteString(w.Stdout(), "text\n")
		_ = w.Close()
	})
	rec, err := r.Next(t.Context())
	if err != nil || string(rec.Data) != "text" {
		t.Errorf("%q, %v", rec.Data, err)
	}
	if _, err := r.Next(t.Context()); err != io.EOF {
		t.Errorf("ended with %v", err)
	}
}

// Several followers see every line, across many rotations.
func TestFollowAcrossRotation(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, Options{MaxSize: minSize, MaxFiles: 200})
	followers := []*follower{follow(t, t.Context(), dir, ReadOptions{}), follow(t, t.Context(), dir, ReadOptions{})}
	total := fillSegments(t, w, dir, 0, 40)
	closed(t, w)
	for _, f := range followers {
		f.ends(t, io.EOF)
		close(f.records)
		n := 0
		for r := range f.records {
			if r.Stream == Note || number(t, r) != n {
				t.Fatalf("record %d is %.60q", n, r.Data)
			}
			n++
		}
		if n != total {
			t.Errorf("%d lines, want %d", n, total)
		}
	}
}

// A reader that is too slow is told.
func TestRotatedAwayBeforeRead(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, Options{MaxSize: minSize, MaxFiles: 2})
	say(t, w.Stdout(), "line 000000\n")
	r, err := Open(dir, ReadOptions{Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	fillSegments(t, w, dir, 1, 6)
	closed(t, w)
	var notes []string
	last := 0
	for {
		rec, err := r.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Stream == Note {
			notes = append(notes, string(rec.Data))
			continue
		}
		if n := number(t, rec); n <= last {
			t.Fatalf("line %d after line %d", n, last)
		} else {
			last = n
		}
	}
	numbers, err := segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("segments rotated away before they were read: %d", numbers[0]-2); len(notes) != 1 || notes[0] != want {
		t.Errorf("notes %q, want %q", notes, want)
	}
}

func TestLogIsRemovedWhileFollowed(t *testing.T) {
	dir := t.TempDir() + "/log"
	w := create(t, dir, Options{})
	defer w.Close()
	f := follow(t, t.Context(), dir, ReadOptions{})
	say(t, w.Stdout(), "text\n")
	f.expect(t, "out:F:text")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	f.ends(t, io.EOF)
}

// A restarted service goes on in the same log, whose Writer stays open.
func TestFollowSeesManyWriters(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		w := create(t, dir, Options{})
		f := follow(t, t.Context(), dir, ReadOptions{Tail: TailNone})
		text := fmt.Sprintf("run %d %s", i, strings.Repeat("z", 100))
		say(t, w.Stdout(), text+"\n")
		f.expect(t, "out:F:"+text)
		closed(t, w)
		f.ends(t, io.EOF)
	}
}
