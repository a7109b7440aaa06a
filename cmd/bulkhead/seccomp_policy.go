package main

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/internal/seccomp"
	"github.com/bulkhead/bulkhead/spec"
)

// policyAsked reads the flags of explain and test.
func policyAsked(call *cli.Call) (policyQuery, error) {
	from, err := here()
	if err != nil {
		return policyQuery{}, err
	}
	q := policyQuery{from: from}
	return q, call.Apply(&q)
}

// explanation compiles the policy that a word names, with all that a sandbox puts around it.
func (q *policyQuery) explanation(word string) (*seccomp.Explanation, error) {
	name, err := q.policyName(word)
	if err != nil {
		return nil, err
	}
	policy, err := seccomp.Load(seccomp.Options{Nest: q.nest, GuardSetID: q.guard}, q.rules, name, q.include)
	if err != nil {
		return nil, err
	}
	arch := seccomp.Native()
	for _, a := range seccomp.Arches() {
		if a.String() == q.arch {
			arch = a
		}
	}
	return policy.Explanation(arch)
}

// policyName is a built-in name or a file. A Spec file says besides what stands around its policy.
func (q *policyQuery) policyName(word string) (string, error) {
	switch {
	case slices.Contains(seccompNames, word):
		return word, nil
	case slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(word)):
		return q.specPolicy(word)
	case strings.ContainsAny(word, "/."):
		return q.from.abs(word)
	}
	return "", addHint(unknownWord("policy", word, seccompNames), "a file is written with a slash: ./"+word)
}

func (q *policyQuery) specPolicy(file string) (string, error) {
	text, err := q.from.read(file)
	if err != nil {
		return "", err
	}
	var s spec.Spec
	if err := spec.Decode(file, text, &s); err != nil {
		return "", err
	}
	s = s.WithDefaults()
	q.rules = append(q.rules, s.Seccomp.Rules...)
	q.nest = q.nest || s.Nest
	q.guard = q.guard || slices.ContainsFunc(s.Mounts, func(m spec.Mount) bool { return m.Write || m.Upper != "" })
	return s.Seccomp.Policy, nil
}

func (q *policyQuery) include(name string) (string, error) {
	text, err := q.from.read(name)
	return string(text), err
}

// where is a rule's place, for people.
func where(r seccomp.Reason) string {
	if r.At.Line == 0 {
		return "in every policy"
	}
	return r.At.File + ":" + count(int64(r.At.Line))
}
