package main

import "fmt"

// trend is how a figure went after the warm-up, by the line that fits the samples best.
type trend struct {
	Figure string `json:"figure"`
	// Growth is by how much the line rises from the first sample to the last, and Bound what it may.
	Growth float64 `json:"growth"`
	Bound  float64 `json:"bound"`
}

func (t trend) String() string {
	return fmt.Sprintf("%-10s rises by %.1f from the first sample after the warm-up to the last; it may by %.1f", t.Figure, t.Growth, t.Bound)
}

// figures are what must not grow. A bound is a fixed part, for what the runtime and the fit do, and one for
// each start, which is less than the smallest thing that could be lost each time.
var figures = []struct {
	name         string
	of           func(sample) int
	fixed, start float64
}{
	{"rss", func(s sample) int { return s.RSS }, 4 << 20, 16},
	{"heap", func(s sample) int { return s.Heap }, 256 << 10, 4},
	{"goroutines", func(s sample) int { return s.Goroutines }, 2, 0},
	{"fds", func(s sample) int { return s.FDs }, 0, 0},
	{"threads", func(s sample) int { return s.Threads }, 6, 0},
}

// warmUp is the part of the samples that is not judged: pools fill, threads are made.
const warmUp = 5 // one of so many

// judge fits the lines.
func (r *report) judge() {
	samples := r.Samples[len(r.Samples)/warmUp:]
	for _, f := range figures {
		t := trend{f.name, growth(samples, f.of), f.fixed + f.start*float64(samples[len(samples)-1].Starts-samples[0].Starts)}
		r.Trends = append(r.Trends, t)
		if t.Growth > t.Bound {
			r.fail("%s", t)
		}
	}
	first, last := samples[0].FDs, samples[len(samples)-1].FDs
	if first != last {
		r.fail("fds: %d after the warm-up, %d at the end", first, last)
	}
}

// growth is the slope of the line with the least squares, times the way from the first sample to the last.
func growth(samples []sample, of func(sample) int) float64 {
	var x, y, xx, xy float64
	n := float64(len(samples))
	for _, s := range samples {
		x += float64(s.Starts)
		y += float64(of(s))
	}
	for _, s := range samples {
		dx := float64(s.Starts) - x/n
		xx += dx * dx
		xy += dx * (float64(of(s)) - y/n)
	}
	if xx == 0 {
		return 0
	}
	return xy / xx * float64(samples[len(samples)-1].Starts-samples[0].Starts)
}
