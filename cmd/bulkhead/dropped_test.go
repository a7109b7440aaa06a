package main

import (
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

func TestLacking(t *testing.T) {
	for want, protections := range map[string][]spec.Protection{
		"no limits on memory":                           {spec.ProtectionMemory},
		"no limits on memory and pids":                  {spec.ProtectionMemory, spec.ProtectionPids, spec.ProtectionMemory},
		"no limits on memory, swap and pids":            {spec.ProtectionMemory, spec.ProtectionSwap, spec.ProtectionPids},
		"no limits on io, no time-namespace, no id-map": {spec.ProtectionTimeNamespace, spec.ProtectionIO, spec.ProtectionIDMap},
		"no landlock":                                   {spec.ProtectionLandlock},
	} {
		var dropped []spec.Dropped
		for _, p := range protections {
			dropped = append(dropped, spec.Dropped{Protection: p, Reason: "of " + string(p)})
		}
		if got := lacking(dropped); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
