package main

import "testing"

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
	drifting := &table{Bases: []base{always("plain", plain)}, Rows: []*series{
		{Name: plain, Values: []float64{1, 1, 10, 10}},
		{Name: command, Values: []float64{2, 2, 20, 20}},
	}}
	drifting.compare()
	if got := drifting.find(command).Ratio["plain"]; got != (spread{2, 2, 2}) {
		t.Errorf("got %v, want 2", got)
	}
	if len(drifting.find(plain).Ratio) != 0 {
		t.Error("the baseline is compared with itself")
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct {
		unit  unit
		value float64
		want  string
	}{
		{inSeconds, 0.001234, "1.23 ms"}, {inSeconds, 12.34e-6, "12.3 µs"}, {inSeconds, 0.0999, "99.9 ms"}, {inSeconds, 1.5e-10, "0.15 ns"},
		{inBytes, 300 << 10, "300 KiB"}, {inBytes, -2048, "-2.00 KiB"}, {inBytes, 0, "0.00 B"}, {inStarts, 1234.5, "1234 /s"}, {inTimes, 1.005, "1.00 ×"},
	} {
		if got := c.unit.text(c.value); got != c.want {
			t.Errorf("%v %s: got %q, want %q", c.value, c.unit, got, c.want)
		}
	}
}

func TestBudgets(t *testing.T) {
	rates := &table{Unit: inStarts, Bases: []base{always("plain", "a")}, Rows: []*series{{Name: "a", Values: []float64{4}}, {Name: "b", Values: []float64{10}}, {Name: "less", Values: []float64{-1}}}}
	for _, c := range []struct {
		budget         budget
		verdict, found string
	}{
		{budget{Row: "b", Base: "plain", Most: 2.5}, "met", "2.50 ×"},
		{budget{Row: "b", Base: "plain", Most: 2.4}, "MISSED", "2.50 ×"},
		{budget{Row: "b", Base: "plain", Least: 2.6}, "MISSED", "2.50 ×"},
		{budget{Row: "b", Most: 10}, "met", "10.0 /s"},
		{budget{Row: "b", Least: 11}, "MISSED", "10.0 /s"},
		{budget{Row: "less", Most: 10}, "met", "-1.00 /s"},
		{budget{Row: "c", Most: 1}, "not measured", "-"},
		{budget{Row: "a", Base: "plain", Most: 1}, "not measured", "-"},
	} {
		rates.Budgets = []budget{c.budget}
		rates.compare()
		b := rates.Budgets[0]
		if b.verdict() != c.verdict || b.measured(rates.Unit) != c.found {
			t.Errorf("%s %s: %s, %s; want %s, %s", b.Row, b.target(rates.Unit), b.verdict(), b.measured(rates.Unit), c.verdict, c.found)
		}
	}
}
