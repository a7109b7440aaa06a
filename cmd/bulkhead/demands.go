package main

import (
	"slices"

	"github.com/bulkhead/bulkhead/spec"
)

// demands are the parts of a Spec that need a protection. Whoever asks for one
// of them, by a flag or in a file, wants it to hold: that the profile puts up
// with hosts that cannot give it is then no longer meant.
var demands = [...]struct {
	needs   spec.Protection
	differs func(a, b *spec.Spec) bool
}{
	{spec.ProtectionMemory, func(a, b *spec.Spec) bool {
		return a.Limits.Memory != b.Limits.Memory || a.Limits.MemoryHigh != b.Limits.MemoryHigh
	}},
	{spec.ProtectionSwap, func(a, b *spec.Spec) bool { return a.Limits.Swap != b.Limits.Swap }},
	{spec.ProtectionPids, func(a, b *spec.Spec) bool { return a.Limits.Pids != b.Limits.Pids }},
	{spec.ProtectionCPU, func(a, b *spec.Spec) bool {
		x, y := &a.Limits, &b.Limits
		return x.CPUs != y.CPUs || x.CPUWeight != y.CPUWeight || x.Cpuset != y.Cpuset || x.CPUTime != y.CPUTime || x.Idle != y.Idle
	}},
	{spec.ProtectionIO, func(a, b *spec.Spec) bool { return !slices.Equal(a.Limits.IO, b.Limits.IO) }},
	{spec.ProtectionTimeNamespace, func(a, b *spec.Spec) bool { return a.Clock != b.Clock }},
	{spec.ProtectionLandlock, func(a, b *spec.Spec) bool { return a.Landlock.Mode != b.Landlock.Mode }},
	{spec.ProtectionCoreScheduling, func(a, b *spec.Spec) bool { return a.Scheduling.Core != b.Scheduling.Core }},
}

// loadSpec reads the file over what the profile says. What it asks for must
// hold, unless it says itself what may be dropped.
func (r *request) loadSpec(name string) error {
	before := r.spec.Clone()
	r.spec.AllowDrop = nil
	if err := r.loadFile(name); err != nil {
		return err
	}
	if r.spec.AllowDrop != nil {
		return nil
	}
	r.spec.AllowDrop = before.AllowDrop
	for _, d := range demands {
		if d.differs(&before, &r.spec) {
			r.must(d.needs)
		}
	}
	return nil
}
