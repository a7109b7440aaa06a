package main

import (
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

// TestWhatAFileAsksForMustHold: the default profile puts up with hosts without
// cgroups, but a limit that a Spec file sets is meant, like one set by a flag.
func TestWhatAFileAsksForMustHold(t *testing.T) {
	for text, lost := range map[string][]spec.Protection{
		"hostname: x":                                    nil,
		"limits: {memory: 2G}":                           {spec.ProtectionMemory},
		"limits: {memory_high: 1G}":                      {spec.ProtectionMemory},
		"limits: {cpus: 1.5, pids: 9, swap: 1M}":         {spec.ProtectionCPU, spec.ProtectionPids, spec.ProtectionSwap},
		"limits: {idle: 1s}":                             {spec.ProtectionCPU},
		"limits: {io: [{device: /dev/x, read_bps: 1M}]}": {spec.ProtectionIO},
		"limits: {memory: 2G}\nallow_drop: [cgroup]":     nil,
		"allow_drop: []":                                 {spec.ProtectionMemory, spec.ProtectionSwap, spec.ProtectionPids, spec.ProtectionCPU, spec.ProtectionIO},
	} {
		got, _, err := parseTest(testCaller(map[string]string{"s.yaml": text}), "--spec", "s.yaml", "true")
		if err != nil {
			t.Fatal(err)
		}
		must := map[spec.Protection]bool{}
		for _, p := range lost {
			must[p] = true
		}
		for _, p := range []spec.Protection{spec.ProtectionMemory, spec.ProtectionSwap, spec.ProtectionPids, spec.ProtectionCPU, spec.ProtectionIO} {
			if got.MayDrop(p) == must[p] {
				t.Errorf("%q: may drop %s: %v", text, p, got.MayDrop(p))
			}
		}
	}
}
