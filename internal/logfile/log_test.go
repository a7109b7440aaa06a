package logfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const patience = 10 * time.Second

func create(t *testing.T, dir string, o Options) *Writer {
	t.Helper()
	w, err := Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func closed(t *testing.T, w *Writer) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func say(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if n, err := io.WriteString(w, text); n != len(text) || err != nil {
		t.Fatalf("wrote %d bytes of %d, %v", n, len(text), err)
	}
}

// readAll reads a log to its end.
func readAll(t *testing.T, dir string, o ReadOptions) []Record {
	t.Helper()
	r, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var all []Record
	for {
		rec, err := r.Next(ctx)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		rec.Data = bytes.Clone(rec.Data)
		all = append(all, rec)
	}
}

// bytesOf puts together what one stream has written.
func bytesOf(records []Record, s Stream) []byte {
	var b bytes.Buffer
	for _, r := range records {
		if r.Stream != s {
			continue
		}
		b.Write(r.Data)
		if r.Ends {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// brief shows records as "out:F:text".
func brief(records []Record) string {
	var parts []string
	for _, r := range records {
		parts = append(parts, fmt.Sprintf("%s:%c:%s", streamNames[r.Stream], r.part(), r.Data))
	}
	return strings.Join(parts, "|")
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	tests := []struct {
		name   string
		writes []string // "o" or "e" and the bytes
		want   string
	}{
		{"nothing", nil, ""},
		{"lines", []string{"oone\ntwo\n", "ethree\n"}, "out:F:one|out:F:two|err:F:three"},
		{"empty lines", []string{"o\n\n", "e\n"}, "out:F:|out:F:|err:F:"},
		{"in pieces", []string{"oa", "ob", "oc\nd", "oe\n"}, "out:F:abc|out:F:de"},
		{"no newline at the end (bug row 67)", []string{"oexiting"}, "out:B:exiting"},
		{"order of the streams", []string{"oname? ", "ewarning\n", "obob\n"}, "out:B:name? |err:F:warning|out:E:bob"},
		{"both unfinished", []string{"oa", "eb", "oc"}, "out:B:a|err:B:b|out:C:c"},
		{"any byte", []string{"o\x00\xff\x1b[1m\r\n\xc3"}, "out:F:\x00\xff\x1b[1m\r|out:B:\xc3"},
		{"like a record", []string{"o2026-01-02T03:04:05.123456789Z err F 1 x\n"}, "out:F:2026-01-02T03:04:05.123456789Z err F 1 x"},
		{"spaces", []string{"o  a  b  \n"}, "out:F:  a  b  "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "deep", "log")
			before := time.Now()
			w := create(t, dir, Options{})
			for _, b := range test.writes {
				say(t, map[byte]io.Writer{'o': w.Stdout(), 'e': w.Stderr()}[b[0]], b[1:])
			}
			closed(t, w)
			records := readAll(t, dir, ReadOptions{})
			if got := brief(records); got != test.want {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
			for _, r := range records {
				if r.Time.Before(before.Truncate(0)) || r.Time.After(time.Now()) {
					t.Errorf("time %v is not between %v and now", r.Time, before)
				}
			}
		})
	}
}

// Bug row 27: a long line has one time.
func TestLongLinesHaveOneStamp(t *testing.T) {
	for _, n := range []int{maxData - 1, maxData, maxData + 1, 16400, 3 * maxData, 1 << 20} {
		for _, chunk := range []int{n + 1, 1000} {
			dir := t.TempDir()
			w := create(t, dir, Options{})
			text := strings.Repeat("-", n) + "\n"
			for rest := text; rest != ""; rest = rest[min(len(rest), chunk):] {
				say(t, w.Stdout(), rest[:min(len(rest), chunk)])
			}
			say(t, w.Stdout(), "next\n")
			closed(t, w)
			var out bytes.Buffer
			show(t, dir, &Printer{Stdout: &out, Stderr: &out, Timestamps: true})
			lines := strings.Split(out.String(), "\n")
			if len(lines) != 3 || len(lines[0]) != len(timeLayout)+1+n || !strings.HasSuffix(lines[1], "Z next") {
				t.Errorf("%d bytes in chunks of %d: %d lines, the first of %d bytes", n, chunk, len(lines), len(lines[0]))
			}
			stamps := map[time.Time]bool{}
			for _, r := range readAll(t, dir, ReadOptions{}) {
				stamps[r.Time] = true
			}
			if len(stamps) != 2 {
				t.Errorf("%d bytes in chunks of %d: %d different times, want 2", n, chunk, len(stamps))
			}
		}
	}
}

func show(t *testing.T, dir string, p *Printer) {
	t.Helper()
	for _, r := range readAll(t, dir, ReadOptions{}) {
		if err := p.Print(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPrinter(t *testing.T) {
	when := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	records := []Record{
		{Stdout, when, true, false, []byte("name? ")},
		{Stderr, when, true, true, []byte("warning")},
		{Stdout, when, false, true, []byte("bob")},
		{Note, when, true, true, []byte("lost")},
		{Stdout, when, true, false, []byte("cut")},
		{Stdout, when, true, true, []byte("off")},
		{Stderr, when, true, false, []byte("end")},
		{Note, when, true, true, []byte("last")},
	}
	var one, out, errs, notes bytes.Buffer
	together := Printer{Stdout: &one, Stderr: &one, Notes: &one}
	apart := Printer{Stdout: &out, Stderr: &errs, Notes: &notes}
	silent := Printer{Stdout: io.Discard, Stderr: io.Discard}
	for _, r := range records {
		if err := errors.Join(together.Print(r), apart.Print(r), silent.Print(r)); err != nil {
			t.Fatal(err)
		}
	}
	checks := []struct{ name, got, want string }{
		{"together", one.String(), "name? \nwarning\nbob\nbulkhead: lost\ncut\noff\nend\nbulkhead: last\n"},
		{"stdout", out.String(), "name? bob\ncut\noff\n"},
		{"stderr", errs.String(), "warning\nend"},
		{"notes", notes.String(), "bulkhead: lost\nbulkhead: last\n"},
	}
	for _, c := range checks {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

// The format is a promise: this very text has to stay readable.
func TestFormat(t *testing.T) {
	const text = "#bulkhead log 1\n" +
		"2026-01-02T03:04:05.123456789Z out F 5 hello\n" +
		"2026-01-02T03:04:05.000000000Z err B 10 Password: \n" +
		"2026-01-02T03:04:05.000000000Z err C 0 \n" +
		"2026-01-02T03:04:05.000000000Z err E 3 a b\n" +
		"2026-01-02T03:04:06.000000000Z log F 4 note\n"
	dir := t.TempDir()
	if err := os.WriteFile(segmentPath(dir, 7), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	records := readAll(t, dir, ReadOptions{})
	if got, want := brief(records), "out:F:hello|err:B:Password: |err:C:|err:E:a b|log:F:note"; got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	again := []byte(header)
	for _, r := range records {
		again = appendRecord(again, r)
	}
	if string(again) != text {
		t.Errorf("written again: %q", again)
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(segmentPath(dir, 1), []byte("#bulkhead log 2\nsomething\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(t.Context()); err == nil || !strings.Contains(err.Error(), `format "#bulkhead log 2"`) {
		t.Errorf("error is %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	empty := t.TempDir()
	file := filepath.Join(empty, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ dir, want string }{
		{filepath.Join(empty, "none"), "no such file or directory"},
		{empty, "no segments"},
		{file, "not a directory"},
	} {
		if _, err := Open(test.dir, ReadOptions{Follow: true}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Open: %v, want %q", err, test.want)
		}
	}
	if _, err := Create(filepath.Join(file, "log"), Options{}); err == nil {
		t.Error("a log below a file")
	}
	for _, o := range []Options{{MaxSize: 1000}, {MaxSize: -1}, {MaxFiles: -1}, {Buffer: -1}, {MaxStall: -1}} {
		if _, err := Create(t.TempDir(), o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestOneWriterAtATime(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, Options{})
	if _, err := Create(dir, Options{}); err == nil || !strings.Contains(err.Error(), "another process writes it") {
		t.Errorf("a second writer: %v", err)
	}
	closed(t, w)
	if _, err := w.Stdout().Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("write after Close: %v", err)
	}
	if err := w.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	closed(t, create(t, dir, Options{}))
}

func TestOthersCannotReadIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	closed(t, create(t, dir, Options{}))
	for path, want := range map[string]os.FileMode{dir: 0o700, segmentPath(dir, 1): 0o600, filepath.Join(dir, lockName): 0o600} {
		st, err := os.Stat(path)
		if err != nil || st.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, st.Mode(), err, want)
		}
	}
}

func TestALogIsContinued(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		w := create(t, dir, Options{})
		say(t, w.Stdout(), fmt.Sprintf("run %d\n", i))
		w.Note(fmt.Sprintf("end of\nrun %d", i))
		closed(t, w)
	}
	want := "out:F:run 0|log:F:end of|log:F:run 0|out:F:run 1|log:F:end of|log:F:run 1|out:F:run 2|log:F:end of|log:F:run 2"
	if got := brief(readAll(t, dir, ReadOptions{})); got != want {
		t.Errorf("got %q", got)
	}
	if numbers, _ := segments(dir); len(numbers) != 1 {
		t.Errorf("segments %v", numbers)
	}
}
