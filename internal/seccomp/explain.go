package seccomp

import (
	"cmp"
	"slices"
	"strings"
)

// Explained is what a policy does to one system call.
type Explained struct {
	Number int
	Name   string
	// Text is the action, or the chain of conditions and actions as in
	// "deny if cmd == TIOCSTI, else allow".
	Text string
}

// Explain tells what happens to every system call of an architecture, by
// number. Calls with higher numbers, and those of x32, get ENOSYS.
func (p *Policy) Explain(a Arch) []Explained {
	c := newCompiler(p)
	var list []Explained
	for _, each := range a.abi().calls() {
		list = append(list, Explained{int(each.number), each.name, p.explained(c.rulesOf(each.name))})
	}
	slices.SortFunc(list, func(a, b Explained) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

func (p *Policy) explained(rules []rule) string {
	var parts []string
	for _, r := range rules {
		if r.when == nil {
			return strings.Join(append(parts, r.action.String()), ", else ")
		}
		parts = append(parts, r.action.String()+" if "+r.when.String())
	}
	return strings.Join(append(parts, p.fallback.action.String()), ", else ")
}
