package main

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is one line of `go test -json`; go doc test2json.
type event struct {
	Action      string
	Package     string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// tally counts tests and keeps what each printed until it is known how it ended.
type tally struct {
	out                     io.Writer
	passed, failed, skipped int
	printed                 map[string][]string // by package and test
	skips                   map[string][]string // test names by reason
	blamed                  map[string]bool     // packages with a failed test
}

func newTally(out io.Writer) *tally {
	return &tally{out: out, printed: map[string][]string{}, skips: map[string][]string{}, blamed: map[string]bool{}}
}

func (t *tally) String() string {
	return fmt.Sprintf("tests: %d passed, %d failed, %d skipped", t.passed, t.failed, t.skipped)
}

// line takes one line of input; what is not an event (a message of the go command itself) is shown as it is.
func (t *tally) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		t.out.Write(line)
		return
	}
	switch e.Action {
	case "output":
		key := e.Package + " " + e.Test
		t.printed[key] = append(t.printed[key], e.Output)
	case "build-output":
		io.WriteString(t.out, e.Output)
	case "pass", "fail", "skip":
		t.end(e)
	}
}

func (t *tally) end(e event) {
	key := e.Package + " " + e.Test
	printed := t.printed[key]
	delete(t.printed, key)
	if e.Test == "" {
		t.endPackage(e, printed)
		return
	}
	switch e.Action {
	case "pass":
		t.passed++
	case "fail":
		t.fail(e, printed)
	case "skip":
		t.skip(e, printed)
	}
}

func (t *tally) fail(e event, printed []string) {
	t.failed++
	t.blamed[e.Package] = true
	io.WriteString(t.out, strings.Join(printed, ""))
}

// skip counts a skip without a reason as a failure: nobody could tell whether it was right.
func (t *tally) skip(e event, printed []string) {
	reason, given := skipReason(printed)
	if !given {
		t.fail(e, append(printed, "    skipped without a reason\n"))
		return
	}
	t.skipped++
	t.skips[reason] = append(t.skips[reason], e.Test)
}

// endPackage counts a package that failed outside its tests (it did not build, or its TestMain gave up) as one failure.
func (t *tally) endPackage(e event, printed []string) {
	switch {
	case e.Action == "pass":
		fmt.Fprintf(t.out, "ok    %6.1fs  %s\n", e.Elapsed, e.Package)
	case e.Action == "fail":
		if !t.blamed[e.Package] {
			t.failed++
		}
		io.WriteString(t.out, strings.Join(printed, ""))
		fmt.Fprintf(t.out, "FAIL  %6.1fs  %s\n", e.Elapsed, e.Package)
	}
}

var testLine = regexp.MustCompile(`^\s+\S+\.go:\d+: (.*\S.*)`)

// scriptLog begins the log of a script, which testscript prints behind the reason for a skip.
const scriptLog = "WORK=$WORK"

// skipReason is what the test said when it skipped: the last line that it logged.
func skipReason(printed []string) (reason string, given bool) {
	for _, line := range slices.Backward(printed) {
		if found := testLine.FindStringSubmatch(line); found != nil && found[1] != scriptLog {
			return found[1], true
		}
	}
	return "", false
}

// writeSkips lists the reasons for skips, each with its tests.
func (t *tally) writeSkips(out io.Writer) {
	reasons := make([]string, 0, len(t.skips))
	for reason := range t.skips {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		fmt.Fprintf(out, "skip  %s\n        %s\n", reason, strings.Join(t.skips[reason], " "))
	}
}
