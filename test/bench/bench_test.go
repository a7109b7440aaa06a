package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	values := []float64{5, 1, 3, 2, 4}
	for p, want := range map[float64]float64{0: 1, 0.1: 1.4, 0.5: 3, 0.9: 4.6, 1: 5} {
		if got := quantile(values, p); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("quantile %v: got %v, want %v", p, got, want)
		}
	}
	if values[0] != 5 {
		t.Error("quantile changed its argument")
	}
}

// A machine that slows down by ten in the middle of a run changes the times, and not the ratio.
func TestRatioIgnoresDrift(t *testing.T) {
	base := &series{Name: plain, Seconds: []float64{1, 1, 10, 10}}
	s := &series{Name: command, Seconds: []float64{2, 2, 20, 20}}
	s.summarise([]*series{base})
	if s.Ratio[plain] != 2 {
		t.Errorf("got %v, want 2", s.Ratio[plain])
	}
}

func TestMeasureRunsEachSubjectOnceARound(t *testing.T) {
	counts := map[string]int{}
	count := func(name string) subject {
		return subject{name, func() error { counts[name]++; return nil }}
	}
	all, err := measure([]subject{count("a"), count("b")}, 5, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if len(s.Seconds) != 5 || counts[s.Name] != 5+warmups {
			t.Errorf("%s: %d times kept, %d runs", s.Name, len(s.Seconds), counts[s.Name])
		}
	}
}

func TestMeasureNamesWhatFails(t *testing.T) {
	broken := subject{"broken", func() error { return errors.New("no") }}
	if _, err := measure([]subject{broken}, 1, time.Minute); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("got %v", err)
	}
}

func TestReport(t *testing.T) {
	r := report{
		Before: machine(), After: machine(), Missing: []string{"unshare: not here"},
		Subjects: []*series{{Name: plain, Seconds: []float64{1}}, {Name: bwrap, Seconds: []float64{4}}, {Name: command, Seconds: []float64{8}}},
	}
	r.compare()
	var text, data strings.Builder
	if err := errors.Join(r.writeText(&text), r.writeJSON(&data)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"8.00", "2.00", "MISSED", "not measured: unshare: not here", "1 rounds"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in:\n%s", want, &text)
		}
	}
	var back report
	if err := json.Unmarshal([]byte(data.String()), &back); err != nil || back.find(command).Ratio[plain] != 8 {
		t.Errorf("JSON does not read back: %v\n%s", err, &data)
	}
}
