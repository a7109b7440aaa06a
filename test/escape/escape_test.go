package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

// The test binary is the hostile program, too.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == actArg {
		os.Exit(runAct(os.Args[2:]))
	}
	if len(os.Args) > 3 && os.Args[1] == wrapArg {
		exit(wrapped(os.Args[3:]))
	}
	if len(os.Args) > 4 && os.Args[1] == poolArg {
		os.Exit(pooled(os.Args[2:]))
	}
	os.Exit(boxtest.Main(m, func() {}))
}

// slowest are the classes that wait for something to happen: make escape has them.
var slowest = []int{36, 44, 45, 46, 48, 61}

// joining are the classes for which it matters that exec enters a sandbox rather than making one.
var joining = []int{7, 8, 11, 12, 14, 54, 55, 60}

// TestNothingEscapes tries all but the slowest classes in the two ways that everything else is built on.
// What fails as an ordinary user for want of root's rights is for root's pass.
func TestNothingEscapes(t *testing.T) {
	if os.Geteuid() != 0 {
		boxtest.RequireUserns(t)
	}
	e := prepared(t)
	both := e.modes
	for _, c := range classes() {
		if e.modes = both[:1]; slices.Contains(joining, c.n) {
			e.modes = both
		}
		if slices.Contains(slowest, c.n) || c.elsewhere != "" {
			continue
		}
		begun := time.Now()
		r := e.row(&c)
		t.Logf("%d %s: %.2fs", c.n, c.name, time.Since(begun).Seconds())
		if r.Control.Verdict == failed && os.Geteuid() == 0 {
			t.Errorf("%d %s: its control: %s", c.n, c.name, r.Control.Detail)
		}
		for mode, o := range r.Modes {
			if o.Verdict == escaped || o.Verdict == failed {
				t.Errorf("%d %s, %s: %s: %s", c.n, c.name, mode, o.Verdict, o.Detail)
			}
		}
	}
}

// prepared is an engine with the modes run and exec.
func prepared(t *testing.T) *engine {
	tool := filepath.Join(os.Getenv("BULKHEAD_BIN"), "bulkhead")
	if _, err := os.Stat(tool); err != nil || os.Getenv("BULKHEAD_BIN") == "" {
		tool = filepath.Join(boxtest.TempDir(t), "bulkhead")
		cmd := exec.Command("go", "build", "-o", tool, "github.com/bulkhead/bulkhead/cmd/bulkhead")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build bulkhead: %v: %s", err, text)
		}
	}
	e, clean, err := prepare(options{bulkhead: tool, modes: "run,exec"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(clean)
	return e
}

// Every number of the list is there once, says what stops it, and can be shown to work.
func TestCorpusIsWhole(t *testing.T) {
	all := classes()
	for i, c := range all {
		if c.n != i+1 {
			t.Fatalf("class %d stands where %d should", c.n, i+1)
		}
		switch {
		case c.name == "":
			t.Errorf("%d has no name", c.n)
		case c.elsewhere == "" && (c.wall == "" || acts[c.act] == nil):
			t.Errorf("%d has no act or no wall", c.n)
		case c.elsewhere != "" && c.act != "":
			t.Errorf("%d has an act and a reason for having none", c.n)
		}
	}
	if len(all) < 60 {
		t.Errorf("%d classes, of 60", len(all))
	}
}

// A program that is not contained is seen: the engine itself is put to the test where there is no wall.
func TestEscapesAreSeen(t *testing.T) {
	e := prepared(t)
	free := outside(e.program)
	free.name = "free"
	e.modes = []*mode{free}
	for _, n := range []int{12, 25, 44, 51} {
		c := classes()[n-1]
		r := e.row(&c)
		all := results{{User: "test", Modes: []string{"free"}, Rows: []row{r}}}
		if r.Modes["free"].Verdict != escaped || all.judge() == nil {
			t.Errorf("%d: %+v", n, r)
		}
	}
}

// An act that never ran is a failure, not a success.
func TestSilenceIsNoDenial(t *testing.T) {
	c := &class{n: 1, name: "x", act: "x"}
	s := &scene{mode: &mode{name: "run"}}
	for _, e := range []ended{{code: 127}, {code: 0}, {code: 137}, {code: 125, stderr: "bulkhead: no\n"}} {
		if o := verdict(c, s, e); o.Verdict != failed {
			t.Errorf("%+v: %+v", e, o)
		}
	}
	if o := verdict(c, s, ended{reports: []string{"stopped EPERM"}}); o.Verdict != contained {
		t.Errorf("%+v", o)
	}
}

func TestPageIsWrittenBetweenItsMarks(t *testing.T) {
	page := filepath.Join(boxtest.TempDir(t), "page.md")
	if err := os.WriteFile(page, []byte("above\n"+beginMark+"\nold\n"+endMark+"\nbelow\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	all := results{{User: "root", Modes: []string{"run"}, Rows: []row{{N: 1, Name: "a", Control: outcome{"reached", ""}, Modes: map[string]outcome{"run": {contained, "EPERM"}}}}}}
	if err := all.write(page); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"above\n", "| 1 | a   | reached | contained |", "below\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "old") {
		t.Error("the old table is still there")
	}
}
