package main

import (
	"slices"

	"github.com/bulkhead/bulkhead/internal/seccomp"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// filterOf compiles the policy of a Spec anew, from its text.
func filterOf(s *sandbox.Spec) (seccomp.Program, error) {
	writes := slices.ContainsFunc(s.Mounts, func(m spec.Mount) bool { return m.Type == spec.MountBind && m.Write })
	name := s.Seccomp.Policy
	if name == "" {
		name = seccomp.Default
	}
	p, err := seccomp.Load(seccomp.Options{Nest: s.Nest, GuardSetID: writes}, s.Seccomp.Rules, name, nil)
	if err != nil {
		return nil, err
	}
	return p.Compile(seccomp.Native())
}
