package main

import (
	"math"
	"slices"
)

// series is every time that one subject took, in the order of the rounds, and what follows from them.
type series struct {
	Name    string    `json:"name"`
	Seconds []float64 `json:"seconds"`
	P10     float64   `json:"p10_seconds"`
	Median  float64   `json:"median_seconds"`
	P90     float64   `json:"p90_seconds"`
	// Ratio is, by baseline, the median over the rounds of this subject's time by the baseline's.
	Ratio map[string]float64 `json:"ratio"`
}

// summarise fills what follows from the times and the baselines.
func (s *series) summarise(baselines []*series) {
	s.P10, s.Median, s.P90 = quantile(s.Seconds, 0.1), quantile(s.Seconds, 0.5), quantile(s.Seconds, 0.9)
	s.Ratio = map[string]float64{}
	for _, b := range baselines {
		s.Ratio[b.Name] = quantile(quotients(s.Seconds, b.Seconds), 0.5)
	}
}

// quotients divides pair by pair: both of a pair met the machine in the same round, so its drift cancels out.
func quotients(a, b []float64) []float64 {
	q := make([]float64, min(len(a), len(b)))
	for i := range q {
		q[i] = a[i] / b[i]
	}
	return q
}

// quantile is the value below which the share p of the values lies, interpolated between neighbours.
func quantile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := p * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (sorted[high]-sorted[low])*(at-float64(low))
}
