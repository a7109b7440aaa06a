package logfile

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// fillSegments writes numbered lines until a log has at least n segments.
func fillSegments(t *testing.T, w *Writer, dir string, from, n int) (next int) {
	t.Helper()
	for next = from; ; next++ {
		say(t, w.Stdout(), fmt.Sprintf("line %06d %s\n", next, strings.Repeat("x", 900)))
		if next%64 != 0 {
			continue
		}
		numbers, err := segments(dir)
		if err != nil {
			t.Fatal(err)
		}
		if numbers[len(numbers)-1] >= n {
			return next + 1
		}
	}
}

func number(t *testing.T, r Record) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscanf(string(r.Data), "line %d", &n); err != nil {
		t.Fatalf("%q: %v", r.Data, err)
	}
	return n
}

func TestRotation(t *testing.T) {
	for _, files := range []int{1, 2, 3} {
		dir := t.TempDir()
		w := create(t, dir, Options{MaxSize: minSize, MaxFiles: files})
		last := fillSegments(t, w, dir, 0, 10) - 1
		closed(t, w)
		numbers, err := segments(dir)
		if err != nil || len(numbers) != files {
			t.Errorf("%d files: segments %v, %v", files, numbers, err)
		}
		for _, n := range numbers {
			st, err := os.Stat(segmentPath(dir, n))
			if err != nil || st.Size() > minSize {
				t.Errorf("segment %d: %d bytes, %v", n, st.Size(), err)
			}
		}
		records := readAll(t, dir, ReadOptions{})
		for i, r := range records {
			if n := number(t, r); n != last-len(records)+1+i {
				t.Fatalf("%d files: record %d is line %d", files, i, n)
			}
		}
		if len(records) < 50*files-50 {
			t.Errorf("%d files: only %d records", files, len(records))
		}
	}
}

func TestTailAndSince(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, Options{MaxSize: minSize, MaxFiles: 50})
	count := fillSegments(t, w, dir, 0, 4)
	time.Sleep(20 * time.Millisecond)
	middle := time.Now()
	time.Sleep(20 * time.Millisecond)
	total := fillSegments(t, w, dir, count, 5)
	say(t, w.Stdout(), strings.Repeat("y", 3*maxData)) // one more line, in parts
	closed(t, w)
	tests := []struct {
		o    ReadOptions
		want int // lines
	}{
		{ReadOptions{}, total + 1},
		{ReadOptions{Tail: 1}, 1},
		{ReadOptions{Tail: 2}, 2},
		{ReadOptions{Tail: 100}, 100},
		{ReadOptions{Tail: total}, total},
		{ReadOptions{Tail: 1 << 40}, total + 1},
		{ReadOptions{Tail: TailNone}, 0},
		{ReadOptions{Since: middle}, total + 1 - count},
		{ReadOptions{Since: middle, Tail: 3}, 3},
		{ReadOptions{Since: middle, Tail: total - 1}, total + 1 - count},
		{ReadOptions{Since: time.Now().Add(time.Hour)}, 0},
		{ReadOptions{Since: middle.Add(-time.Hour)}, total + 1},
	}
	for _, test := range tests {
		lines := 0
		records := readAll(t, dir, test.o)
		for _, r := range records {
			if r.Begins {
				lines++
			}
		}
		if lines != test.want {
			t.Errorf("%+v: %d lines, want %d", test.o, lines, test.want)
		}
		if lines > 1 && number(t, records[0]) != total+1-test.want {
			t.Errorf("%+v begins with line %d", test.o, number(t, records[0]))
		}
	}
}

// What else lies in the directory is none of our business.
func TestOnlySegmentsCount(t *testing.T) {
	dir := t.TempDir()
	closed(t, create(t, dir, Options{}))
	for _, name := range []string{"log.1", "log.000000", "log.00000x", "log.0000001", "log.-00001", "other", "log."} {
		if err := os.WriteFile(dir+"/"+name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", segmentPath(dir, 2)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segmentPath(dir, 1000000), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	numbers, err := segments(dir)
	if err != nil || fmt.Sprint(numbers) != "[1 1000000]" {
		t.Errorf("segments %v, %v", numbers, err)
	}
}
