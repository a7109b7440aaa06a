package main

import (
	"strings"
	"testing"
)

const events = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestGood"}
{"Action":"output","Package":"p","Test":"TestGood","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestGood"}
{"Action":"output","Package":"p","Test":"TestBad","Output":"    a_test.go:7: it broke\n"}
{"Action":"fail","Package":"p","Test":"TestBad"}
{"Action":"output","Package":"p","Test":"TestPoor","Output":"=== RUN   TestPoor\n"}
{"Action":"output","Package":"p","Test":"TestPoor","Output":"    a_test.go:9: needs root: mknod\n"}
{"Action":"output","Package":"p","Test":"TestPoor","Output":"--- SKIP: TestPoor (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestPoor"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"fail","Package":"p","Elapsed":1.5}
{"Action":"build-output","ImportPath":"q","Output":"q.go:1: no\n"}
{"Action":"fail","Package":"q","FailedBuild":"q"}
go: a message of the go command
`

func TestReport(t *testing.T) {
	var out strings.Builder
	tally, err := read(strings.NewReader(events), &out)
	if err != nil {
		t.Fatal(err)
	}
	tally.writeSkips(&out)
	want := "    a_test.go:7: it broke\n" +
		"FAIL\nFAIL     1.5s  p\n" +
		"q.go:1: no\nFAIL     0.0s  q\n" +
		"go: a message of the go command\n" +
		"skip  needs root: mknod\n        TestPoor\n"
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", &out, want)
	}
	if got, want := tally.String(), "tests: 1 passed, 2 failed, 1 skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSkipWithoutReasonFails(t *testing.T) {
	for _, said := range []string{`a_test.go:9: \n`, `testscript.go:609: WORK=$WORK\n`} {
		var out strings.Builder
		tally, err := read(strings.NewReader(`{"Action":"output","Package":"p","Test":"TestShy","Output":"    `+said+`"}
			{"Action":"skip","Package":"p","Test":"TestShy"}`), &out)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := tally.String(), "tests: 0 passed, 1 failed, 0 skipped"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if !strings.Contains(out.String(), "without a reason") {
			t.Errorf("the report does not say why: %q", &out)
		}
	}
}

// A script says why it skips before its own log is printed.
func TestReasonOfAScript(t *testing.T) {
	reason, given := skipReason([]string{"    cmd.go:380: no program tmux in PATH\n", "    testscript.go:609: WORK=$WORK\n", "        HOME=$WORK/home\n"})
	if reason != "no program tmux in PATH" || !given {
		t.Errorf("got %q", reason)
	}
}
