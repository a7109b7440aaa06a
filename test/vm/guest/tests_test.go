package guest

import (
	"strings"
	"testing"
)

// verbose is what a compiled test prints, with a line of the kernel's in it.
const verbose = `=== RUN   TestGood
    a_test.go:1: chatter
--- PASS: TestGood (0.00s)
=== RUN   TestSkipped
    a_test.go:2: needs disk: none is here
--- SKIP: TestSkipped (0.00s)
=== RUN   TestBad
=== RUN   TestBad/part
    a_test.go:3: wrong
--- FAIL: TestBad (0.00s)
    --- FAIL: TestBad/part (0.00s)
FAIL
cut`

func TestOnlyWhatMattersIsPassedOn(t *testing.T) {
	var out strings.Builder
	tests := NewTests(&out, false)
	for i := range len(verbose) { // in the smallest pieces
		if _, err := tests.Write([]byte{verbose[i]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tests.Close(); err != nil {
		t.Fatal(err)
	}
	if want := (Count{Passed: 1, Failed: 1, Skipped: 1}); tests.Count != want {
		t.Errorf("counted %+v, want %+v", tests.Count, want)
	}
	want := `--- SKIP: TestSkipped (0.00s) a_test.go:2: needs disk: none is here
    a_test.go:3: wrong
--- FAIL: TestBad (0.00s)
    --- FAIL: TestBad/part (0.00s)
FAIL
cut`
	if out.String() != want {
		t.Errorf("passed on:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestAllIsPassedOnWhenAskedFor(t *testing.T) {
	var out strings.Builder
	tests := NewTests(&out, true)
	if _, err := tests.Write([]byte(verbose)); err != nil {
		t.Fatal(err)
	}
	if err := tests.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "chatter\n--- PASS: TestGood") || !strings.HasSuffix(out.String(), "cut") {
		t.Errorf("passed on:\n%s", out.String())
	}
}
