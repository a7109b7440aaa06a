package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/cli/completion"
	"github.com/bulkhead/bulkhead/spec"
)

func TestTablesAreSound(t *testing.T) {
	if found := program.Problems(); len(found) > 0 {
		t.Errorf("%s", strings.Join(found, "\n"))
	}
}

// TestListsAreThoseOfTheSpec holds the words that the shell offers against
// those that the Spec knows.
func TestListsAreThoseOfTheSpec(t *testing.T) {
	var protections, capabilities []string
	for _, p := range spec.Protections() {
		protections = append(protections, string(p))
	}
	for _, c := range spec.Capabilities() {
		capabilities = append(capabilities, string(c))
	}
	slices.Sort(capabilities)
	for name, pair := range map[string][2][]string{
		"profiles":     {profileNames, spec.Profiles()},
		"protections":  {protectionNames, protections},
		"capabilities": {capabilityNames, capabilities},
		"shells":       {shells, completion.Shells},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s: the table has %q, the Spec %q", name, pair[0], pair[1])
		}
	}
	for _, name := range seccompNames {
		s := spec.Spec{Command: []string{"true"}, Seccomp: spec.Seccomp{Policy: name}}
		if err := s.Validate(); err != nil {
			t.Errorf("policy %s: %v", name, err)
		}
	}
}
