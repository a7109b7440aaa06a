package cgroup

import (
	"os"
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

// BenchmarkCPU is what a time limit pays for each poll.
func BenchmarkCPU(b *testing.B) {
	l := Probe()
	require(b, "cgroup", l.Can().Has(core), l.Why)
	g := Open(l, Name(os.Getpid(), "bench"))
	dir := l.dirs(g.Name())[0]
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	defer g.Remove()
	for b.Loop() {
		if _, err := g.CPU(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSetup is the pure part of a start.
func BenchmarkSetup(b *testing.B) {
	for b.Loop() {
		if _, err := userV2.Setup("b", spec.Limits{}, 1); err != nil {
			b.Fatal(err)
		}
	}
}
