package logfile

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// reference reads a segment in the simplest way.
func reference(data []byte) []Record {
	var records []Record
	for i, line := range bytes.Split(data, []byte("\n")) {
		if i == 0 && bytes.HasPrefix(line, []byte(headerStart)) || len(line) > maxRecord {
			continue
		}
		if r, err := parseRecord(line); err == nil {
			records = append(records, r)
		}
	}
	return records
}

// told are the records without those about damage.
func told(records []Record) []Record {
	var all []Record
	for _, r := range records {
		if r.Stream != Note || !bytes.HasPrefix(r.Data, []byte("skipped ")) {
			all = append(all, r)
		}
	}
	return all
}

// memoryDir is a directory whose syncs cost nothing, if there is one.
func memoryDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "bulkhead-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// Any bytes in two segments: the reader finds all whole records, in order, and ends.
func FuzzReader(f *testing.F) {
	const a = "2026-01-02T03:04:05.000000000Z out F 1 a\n"
	const b = "2026-01-02T03:04:05.000000000Z err B 3 b c\n"
	seeds := []string{"", header, header + a + b, a + b[:20], b[:30] + "\n" + a, "\n\n", "\x00\x00" + a,
		strings.Repeat("z", 3*maxRecord) + "\n" + a, a[:len(a)-1], "#bulkhead log 1\n#", "2026-13-02T03:04:05.000000000Z out F 1 a\n",
		"0000-01-01T00:00:00.000000000Z out B 1 0\n", "2026-01-02T03:04:05,000000000Z out F 1 a\n"}
	for _, s := range seeds {
		f.Add([]byte(s), []byte(header+a), 3)
		f.Add([]byte(a), []byte(s), 1)
	}
	dir := memoryDir(f)
	f.Fuzz(func(t *testing.T, first, second []byte, tail int) {
		for i, data := range [][]byte{first, second} {
			if err := os.WriteFile(segmentPath(dir, i+1), data, 0o600); err != nil {
				t.Fatal(err)
			}
			if bytes.HasPrefix(data, []byte(headerStart)) && !bytes.HasPrefix(data, []byte(header)) {
				return // another version
			}
		}
		all := readAll(t, dir, ReadOptions{})
		want := append(reference(first), reference(second)...)
		if got := told(all); brief(got) != brief(told(want)) {
			t.Fatalf("got  %.500q\nwant %.500q", brief(got), brief(want))
		}
		if tail < 0 {
			tail = TailNone
		}
		end := readAll(t, dir, ReadOptions{Tail: tail})
		if tail > 0 && !strings.HasSuffix(brief(told(all)), brief(told(end))) {
			t.Fatalf("the tail of %.500q is not %.500q", brief(all), brief(end))
		}
	})
}

// Any writes: each stream's bytes come back, and in the order between the streams.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("hello\nworld"), []byte{3, 200, 1})
	f.Add([]byte("\n\n\x00\xff"), []byte{0x81, 1, 0x81})
	f.Add(bytes.Repeat([]byte("0123456789"), 4000), []byte{127})
	f.Add([]byte(strings.Repeat("-", 16400)+"\n"), []byte{})
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		dir := memoryDir(t)
		w, err := Create(dir, Options{MaxSize: minSize, MaxFiles: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		var want [2][]byte
		var order []Stream
		for i := 0; len(data) > 0; i++ {
			s, n := Stdout, len(data)
			if i < len(cuts) {
				s, n = Stream(cuts[i]>>7), min(len(data), int(cuts[i]&127))
			}
			if _, err := (sink{w, s}).Write(data[:n]); err != nil {
				t.Fatal(err)
			}
			want[s] = append(want[s], data[:n]...)
			if n > 0 && (len(order) == 0 || order[len(order)-1] != s) {
				order = append(order, s)
			}
			data = data[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		records := readAll(t, dir, ReadOptions{})
		var out, errs bytes.Buffer
		p := Printer{Stdout: &out, Stderr: &errs}
		var got []Stream
		for _, r := range records {
			if len(got) == 0 || got[len(got)-1] != r.Stream {
				got = append(got, r.Stream)
			}
			if err := p.Print(r); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(out.Bytes(), want[Stdout]) || !bytes.Equal(errs.Bytes(), want[Stderr]) {
			t.Fatalf("printed %.200q and %.200q\nwant    %.200q and %.200q", out.Bytes(), errs.Bytes(), want[Stdout], want[Stderr])
		}
		if fmt.Sprint(got) != fmt.Sprint(order) {
			t.Fatalf("order %v, want %v", got, order)
		}
	})
}

func BenchmarkWriter(b *testing.B) {
	w, err := Create(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	text := []byte(strings.Repeat(strings.Repeat("x", 79)+"\n", 800)) // what a read of a pipe gives
	b.SetBytes(int64(len(text)))
	out := w.Stdout()
	for b.Loop() {
		if _, err := out.Write(text); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkReader(b *testing.B) {
	dir := b.TempDir()
	w, err := Create(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	line := strings.Repeat("x", 79) + "\n"
	for range 100000 {
		if _, err := io.WriteString(w.Stdout(), line); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	for name, o := range map[string]ReadOptions{"all": {}, "tail": {Tail: 10}, "since": {Since: time.Now()}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(100000 * len(line)))
			for b.Loop() {
				r, err := Open(dir, o)
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = r.Next(context.Background())
				}
				if err != io.EOF {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
}
