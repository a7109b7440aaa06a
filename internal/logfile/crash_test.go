package logfile

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary plays a Writer when this variable names a log.
const writerVariable = "BULKHEAD_LOGFILE_WRITE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerVariable); dir != "" {
		os.Exit(playWriter(dir, os.Args[1]))
	}
	os.Exit(m.Run())
}

// playWriter writes numbered lines until it is killed.
func playWriter(dir, fill string) int {
	w, err := Create(dir, Options{MaxSize: minSize, MaxFiles: 1000})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for n := 0; ; n++ {
		fmt.Fprintf(w.Stdout(), "line %06d %s\n", n, fill)
	}
}

// kill -9 at any moment: what a reader finds are the lines from the first on,
// without a gap and without damage; a new writer goes on.
func TestWriterIsKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 10 {
		dir := t.TempDir() + "/log"
		cmd := exec.Command(self, strings.Repeat("x", 10<<round))
		cmd.Env = append(os.Environ(), writerVariable+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "some output", func() bool {
			st, err := os.Stat(segmentPath(dir, 1))
			return err == nil && st.Size() > 10000
		})
		time.Sleep(time.Duration(round) * time.Millisecond)
		f := follow(t, t.Context(), dir, ReadOptions{})
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		f.ends(t, io.EOF)

		again := create(t, dir, Options{MaxSize: minSize, MaxFiles: 1000})
		say(t, again.Stdout(), "again\n")
		closed(t, again)
		records := whole(readAll(t, dir, ReadOptions{}))
		for i, r := range records[:len(records)-1] {
			if r.Stream == Note && i == len(records)-2 {
				continue // the last one before the kill was torn
			}
			if n := number(t, r); n != i {
				t.Fatalf("round %d: record %d is %.60q", round, i, r.Data)
			}
		}
		if last := records[len(records)-1]; string(last.Data) != "again" || len(records) < 3 {
			t.Errorf("round %d: %d records, the last is %.60q", round, len(records), last.Data)
		}
	}
}

// whole leaves out parts of lines other than the first.
func whole(records []Record) []Record {
	var lines []Record
	for _, r := range records {
		if r.Begins {
			lines = append(lines, r)
		}
	}
	return lines
}

func TestDamage(t *testing.T) {
	const a, b = "2026-01-02T03:04:05.000000000Z out F 1 a\n", "2026-01-02T03:04:05.000000000Z err F 3 b c\n"
	long := strings.Repeat("z", 5*maxRecord)
	aligned := strings.Repeat("z", 4*maxRecord-len(header)) // two full buffers of the scanner
	tests := []struct{ name, text, want string }{
		{"whole", header + a + b, "out:F:a|err:F:b c"},
		{"no header", a + b, "out:F:a|err:F:b c"},
		{"empty", "", ""},
		{"torn header", "#bulk", "log:F:skipped 5 bytes that are no whole record, at byte 0 of log.000001"},
		{"torn behind its magic", headerStart, "log:F:skipped 14 bytes that are no whole record, at byte 0 of log.000001"},
		{"torn behind its magic, continued", headerStart + "\n" + a, "log:F:skipped 15 bytes that are no whole record, at byte 0 of log.000001|out:F:a"},
		{"zeros behind its magic", headerStart + "\x00\x00", "log:F:skipped 16 bytes that are no whole record, at byte 0 of log.000001"},
		{"torn before its newline", header[:len(header)-1], ""},
		{"torn at the end", header + a + b[:20], "out:F:a|log:F:skipped 20 bytes that are no whole record, at byte 57 of log.000001"},
		{"torn in the data", header + a + b[:len(b)-2], "out:F:a|log:F:skipped 41 bytes that are no whole record, at byte 57 of log.000001"},
		{"only the newline is missing", header + a + b[:len(b)-1], "out:F:a|err:F:b c"},
		{"torn, continued", header + b[:30] + "\n" + a, "log:F:skipped 31 bytes that are no whole record, at byte 16 of log.000001|out:F:a"},
		{"two torn ones", header + "x\n\ny\n" + a, "log:F:skipped 5 bytes that are no whole record, at byte 16 of log.000001|out:F:a"},
		{"zeros", header + a + strings.Repeat("\x00", 4096), "out:F:a|log:F:skipped 4096 bytes that are no whole record, at byte 57 of log.000001"},
		{"too long", header + a + long + "\n" + b, fmt.Sprintf("out:F:a|log:F:skipped %d bytes that are no whole record, at byte 57 of log.000001|err:F:b c", len(long)+1)},
		{"a record at the end of a long line", header + long + b + a, fmt.Sprintf("log:F:skipped %d bytes that are no whole record, at byte 16 of log.000001|out:F:a", len(long)+len(b))},
		{"a record where a read of a long line begins", header + aligned + b + a, fmt.Sprintf("log:F:skipped %d bytes that are no whole record, at byte 16 of log.000001|out:F:a", len(aligned)+len(b))},
		{"too long, torn", header + long, fmt.Sprintf("log:F:skipped %d bytes that are no whole record, at byte 16 of log.000001", len(long))},
		{"data too long", header + strings.Replace(a, "1 a", fmt.Sprintf("%d %s", maxData+1, long[:maxData+1]), 1), fmt.Sprintf("log:F:skipped %d bytes that are no whole record, at byte 16 of log.000001", len(a)+maxData+4)},
		{"wrong size", header + a + strings.Replace(a, "F 1 a", "F 01 a", 1), "out:F:a|log:F:skipped 42 bytes that are no whole record, at byte 57 of log.000001"},
		{"wrong stream", header + strings.Replace(a, "out", "oUt", 1) + b, "log:F:skipped 41 bytes that are no whole record, at byte 16 of log.000001|err:F:b c"},
		{"wrong part", header + strings.Replace(a, "F", "G", 1) + b, "log:F:skipped 41 bytes that are no whole record, at byte 16 of log.000001|err:F:b c"},
		{"wrong time", header + strings.Replace(a, "01-02", "02-30", 1) + b, "log:F:skipped 41 bytes that are no whole record, at byte 16 of log.000001|err:F:b c"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(segmentPath(dir, 1), []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := brief(readAll(t, dir, ReadOptions{})); got != test.want {
				t.Errorf("got  %.300q\nwant %.300q", got, test.want)
			}
		})
	}
}

// A torn segment in the middle, as a writer leaves it that was killed while it rotated.
func TestDamageAcrossSegments(t *testing.T) {
	const a = "2026-01-02T03:04:05.000000000Z out F 1 a\n"
	dir := t.TempDir()
	for n, text := range map[int]string{1: header + a + a[:10], 2: "", 3: header + a[:len(a)-1], 5: header + a} {
		if err := os.WriteFile(segmentPath(dir, n), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := "out:F:a|log:F:skipped 10 bytes that are no whole record, at byte 57 of log.000001|out:F:a|" +
		"log:F:segments rotated away before they were read: 1|out:F:a"
	if got := brief(readAll(t, dir, ReadOptions{})); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// An unfinished record that the writer takes back while somebody reads.
func TestRecordIsTakenBack(t *testing.T) {
	const a, b = "2026-01-02T03:04:05.000000000Z out F 10 aaaaaaaaaa\n", "2026-01-02T03:04:05.000000000Z err F 1 b\n"
	dir := t.TempDir()
	l, err := lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(segmentPath(dir, 1), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	say(t, f, header+a+a[:45])
	reader := follow(t, t.Context(), dir, ReadOptions{})
	reader.expect(t, "out:F:aaaaaaaaaa")
	time.Sleep(50 * time.Millisecond)
	if err := f.Truncate(int64(len(header + a))); err != nil {
		t.Fatal(err)
	}
	say(t, f, b+a)
	reader.expect(t, "err:F:b")
	reader.expect(t, "out:F:aaaaaaaaaa")
	l.Close()
	reader.ends(t, io.EOF)
}

// A real file system that is full: a tmpfs of 128 KiB.
func TestRealFullDisk(t *testing.T) {
	dir := t.TempDir()
	const mib = "size=128k"
	if err := unix.Mount("bulkhead-test", dir, "tmpfs", 0, mib); err != nil {
		skip(t, "root", "cannot mount a tmpfs here: "+err.Error())
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	reports := make(chan error, 10)
	w := create(t, dir+"/log", Options{MaxSize: minSize, MaxFiles: 10, OnError: func(err error) { reports <- err }})
	text := strings.Repeat("x", 999) + "\n"
	for range 300 {
		say(t, w.Stdout(), text)
	}
	select {
	case err := <-reports:
		if !strings.Contains(err.Error(), "no space left on device; output is dropped") {
			t.Errorf("reported %v", err)
		}
	case <-time.After(patience):
		t.Fatal("nothing is reported")
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT, "size=1m"); err != nil {
		t.Fatal(err)
	}
	reader := follow(t, t.Context(), dir+"/log", ReadOptions{})
	kept := 0
	for note := ""; note == ""; {
		select {
		case r := <-reader.records:
			if r.Stream == Note {
				note = string(r.Data)
				if want := fmt.Sprintf("lost %d bytes of stdout: no space left on device", (300-kept)*len(text)); note != want {
					t.Errorf("the note is %q, want %q", note, want)
				}
				continue
			}
			kept++
		case <-time.After(patience):
			t.Fatal("no note in the log")
		}
	}
	say(t, w.Stdout(), "after\n")
	reader.expect(t, "out:F:after")
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "lost") {
		t.Errorf("Close says %v", err)
	}
	if len(reports) > 0 {
		t.Errorf("too many reports: %v", <-reports)
	}
}

// skip skips with a reason, or fails if BULKHEAD_MUST names the feature.
func skip(t *testing.T, feature, reason string) {
	t.Helper()
	for _, must := range strings.Split(os.Getenv("BULKHEAD_MUST"), ",") {
		if must == feature {
			t.Fatalf("BULKHEAD_MUST names %s: %s", feature, reason)
		}
	}
	t.Skip(reason)
}
