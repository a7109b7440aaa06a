package main

import (
	"math"
	"slices"
)

// series is every figure of one subject, in the order of the rounds, and what follows from them.
type series struct {
	Name   string    `json:"name"`
	Ours   bool      `json:"ours,omitempty"`
	Values []float64 `json:"values"`
	spread
	// Ratio is the subject's figure by the baseline's, round by round, by the base's header.
	Ratio map[string]spread `json:"ratio,omitempty"`
}

// spread is where the middle and nearly all of many figures lie.
type spread struct {
	P10    float64 `json:"p10"`
	Median float64 `json:"median"`
	P90    float64 `json:"p90"`
}

func spreadOf(values []float64) spread {
	return spread{quantile(values, 0.1), quantile(values, 0.5), quantile(values, 0.9)}
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
