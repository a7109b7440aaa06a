package guest

import (
	"bytes"
	"io"
	"strings"
)

// Count is how many tests of a job ended how.
type Count struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// Tests reads what a compiled test prints with -test.v, counts its tests, and
// passes on what failed tests printed, each skip with its reason, and all that is no test's.
type Tests struct {
	Count Count

	out  io.Writer
	all  bool         // pass everything on
	part []byte       // of a line
	held bytes.Buffer // what the running test has printed
}

// NewTests returns a Tests that passes on to out, everything if all is set.
func NewTests(out io.Writer, all bool) *Tests { return &Tests{out: out, all: all} }

// Write takes a piece of the output; it cannot fail but by the writer it passes on to.
func (t *Tests) Write(p []byte) (int, error) {
	t.part = append(t.part, p...)
	for {
		line, rest, whole := bytes.Cut(t.part, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		t.part = rest
		if err := t.line(string(line)); err != nil {
			return 0, err
		}
	}
}

// Close passes on what is held: a test that did not end, and a line that was not finished.
func (t *Tests) Close() error {
	t.held.Write(t.part)
	return t.flush("")
}

func (t *Tests) line(line string) error {
	verb, _, _ := strings.Cut(line, ": ")
	switch {
	case verb == "--- PASS":
		t.Count.Passed++
		return t.drop(line)
	case verb == "--- SKIP":
		t.Count.Skipped++
		return t.skip(line)
	case verb == "--- FAIL":
		t.Count.Failed++
		return t.flush(line + "\n")
	case strings.HasPrefix(line, "=== ") && !t.all:
		return nil
	}
	t.held.WriteString(line + "\n")
	if t.all {
		return t.flush("")
	}
	return nil
}

// drop forgets what a passed test printed.
func (t *Tests) drop(line string) error {
	t.held.Reset()
	if t.all {
		return t.flush(line + "\n")
	}
	return nil
}

// skip passes on the last thing that a skipped test said.
func (t *Tests) skip(line string) error {
	said := strings.Split(strings.TrimSpace(t.held.String()), "\n")
	t.held.Reset()
	return t.flush(line + " " + strings.TrimSpace(said[len(said)-1]) + "\n")
}

func (t *Tests) flush(line string) error {
	t.held.WriteString(line)
	_, err := t.held.WriteTo(t.out)
	return err
}
