package seccomp

import (
	"fmt"
	"strings"
)

// Options are the parts of a policy that depend on the sandbox. Each is a
// built-in text put before or behind the user's rules.
type Options struct {
	// Nest allows what makes a sandbox: new namespaces, mounts, pivot_root.
	// Without it they are refused, before any rule of a policy can allow them.
	Nest bool
	// GuardSetID refuses modes with a set-user-ID or set-group-ID bit. It is
	// for sandboxes that can write to a directory of the host: there such a
	// file would be a way to act as its owner from outside.
	GuardSetID bool
}

// rulesFile is the name that messages give to the sandbox's own rules.
const rulesFile = "rules"

// Load makes the policy of a sandbox: refusals that its options ask for come
// first, then its own rules, then what the options permit, then the named
// policy. Of the options only GuardSetID says something about the policy [None].
func Load(o Options, rules []string, name string, include func(name string) (string, error)) (*Policy, error) {
	p := newParser(include)
	outer := &origin{name: rulesFile}
	steps := []func() error{
		func() error { return p.part(outer, partGuardSetID, o.GuardSetID) },
		func() error { return p.part(outer, partNoNest, !o.Nest && name != None) },
		func() error { return p.file(outer, strings.Join(rules, "\n")) },
		func() error { return p.part(outer, partNest, o.Nest && name != None) },
		func() error { return p.part(outer, name, true) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.finish()
}

// part reads one file as if the sandbox's own rules included it.
func (p *parser) part(outer *origin, name string, wanted bool) error {
	if !wanted {
		return nil
	}
	text, err := p.fetch(name)
	switch {
	case err != nil && strings.Contains(name, "/"):
		return err // it names the file
	case err != nil:
		return fmt.Errorf("system-call policy %s: %w", name, err)
	}
	return p.file(&origin{name, outer}, text)
}
