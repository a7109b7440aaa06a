package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var errNo = errors.New("no\nsuch | thing")

func TestMeasureRunsEachSubjectOnceARound(t *testing.T) {
	counts := map[string]int{}
	count := func(name string) subject {
		return subject{name: name, run: func() (float64, error) { counts[name]++; return 7, nil }}
	}
	rows, absent, err := pace{rounds: 5, warmups: 2, limit: time.Minute}.measure([]subject{count("a"), count("b")})
	if err != nil || len(absent) != 0 || len(rows) != 2 || rows[0].Name != "a" {
		t.Fatalf("got %v %v %v", rows, absent, err)
	}
	for _, s := range rows {
		if len(s.Values) != 5 || counts[s.Name] != 7 || s.Values[4] != 7 {
			t.Errorf("%s: %v kept of %d runs", s.Name, s.Values, counts[s.Name])
		}
	}
}

func TestMeasureEndsAtItsTimeAfterOneRound(t *testing.T) {
	rows, _, err := pace{rounds: 5}.measure([]subject{{name: "a", run: func() (float64, error) { return 1, nil }}})
	if err != nil || len(rows[0].Values) != 1 {
		t.Errorf("got %v, %v", rows[0].Values, err)
	}
}

// A tool that does not run here is told of, at whichever round it fails; ours is an error.
func TestMeasureTellsWhatDoesNotRun(t *testing.T) {
	runs := 0
	fails := func() (float64, error) {
		if runs++; runs > 2 {
			return 0, errNo
		}
		return 1, nil
	}
	peer := subject{name: "peer", peer: true, run: fails}
	good := subject{name: "good", run: func() (float64, error) { return 1, nil }}
	rows, absent, err := pace{rounds: 4, warmups: 1, limit: time.Minute}.measure([]subject{peer, good})
	if err != nil || len(rows) != 1 || len(rows[0].Values) != 4 || len(absent) != 1 || absent[0] != (missing{"peer", `no such \| thing`}) {
		t.Errorf("got %v, %v, %v", rows, absent, err)
	}
	if runs != 3 {
		t.Errorf("it ran %d times, and failed at the third", runs)
	}
	runs = 0
	_, _, err = pace{rounds: 4, limit: time.Minute}.measure([]subject{{name: "ours", run: fails}})
	if !errors.Is(err, errNo) || !strings.HasPrefix(err.Error(), "ours: ") {
		t.Errorf("got %v", err)
	}
}

func TestChoose(t *testing.T) {
	list := []section{{name: "start"}, {name: "live"}, {name: "host"}}
	for only, want := range map[string]string{"": "start live host", "host,start": "start host", "live": "live"} {
		got, err := choose(list, only)
		if err != nil || strings.Join(names(got), " ") != want {
			t.Errorf("%q: %v, %v", only, names(got), err)
		}
	}
	if _, err := choose(list, "strat"); err == nil || !strings.Contains(err.Error(), `"strat"; there are start, live, host: start?`) {
		t.Errorf("got %v", err)
	}
}

// Who asks for starts elsewhere gets them, and what fails there by its own words.
func TestOrdersAreObeyedElsewhere(t *testing.T) {
	var out strings.Builder
	orders := `{"argv":["/bin/true"]}{"argv":["/bin/false"]}{"argv":["bulkhead-no-such-command"]}`
	if err := serveOrders(`{"heap":2097152}`, strings.NewReader(orders), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || lines[0] != `{"seconds":0}` || strings.Contains(lines[1], "error") ||
		!strings.Contains(lines[2], "exit status 1") || !strings.Contains(lines[3], "not found") {
		t.Errorf("got %q", lines)
	}
}

func TestCrowdSharesItsTime(t *testing.T) {
	killed, waited := 0, 0
	m := member{1, func() error { killed++; return nil }, func() error {
		if waited++; killed != 3 {
			t.Error("one was waited for before all were killed")
		}
		return errNo
	}}
	var c crowd
	if err := c.disperse([]member{m, m, m}); !errors.Is(err, errNo) || waited != 3 || c.end <= 0 {
		t.Errorf("waited for %d in %v: %v", waited, c.end, err)
	}
}
