package main

import (
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// reportDropped says in one line what this host could not give. The reasons
// and remedies are in the Result and in doctor's report.
func (o *runOptions) reportDropped(call *cli.Call, dropped []spec.Dropped) {
	if len(dropped) > 0 && !o.Quiet {
		name := call.Program.Name
		call.Err.WriteString(name + ": " + lacking(dropped) + " here: see '" + name + " doctor'\n")
	}
}

// lacking names the protections that are missing, as in "no limits on memory and pids, no landlock".
func lacking(dropped []spec.Dropped) string {
	var limits, others []string
	for _, d := range dropped {
		name := string(d.Protection)
		switch {
		case slices.Contains(limits, name) || slices.Contains(others, "no "+name):
		case isLimit(d.Protection):
			limits = append(limits, name)
		default:
			others = append(others, "no "+name)
		}
	}
	if len(limits) > 0 {
		others = slices.Insert(others, 0, "no limits on "+enumeration(limits))
	}
	return strings.Join(others, ", ")
}

func droppedNames(dropped []spec.Dropped) []string {
	var names []string
	for _, d := range dropped {
		if name := string(d.Protection); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func isLimit(p spec.Protection) bool {
	switch p {
	case spec.ProtectionMemory, spec.ProtectionSwap, spec.ProtectionPids, spec.ProtectionCPU, spec.ProtectionIO:
		return true
	}
	return false
}

// enumeration is a list as people write it: "a, b and c".
func enumeration(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
