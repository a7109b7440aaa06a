package seccomp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Explained is what a policy does to one system call.
type Explained struct {
	Number int
	Name   string
	ABI    ABI
	// Text is the action, or the chain of conditions and actions as in
	// "deny if cmd == TIOCSTI, else allow".
	Text string
	// Reasons are the links of that chain: the first whose condition holds decides.
	Reasons []Reason
	// Constant says that the kernel allows the call without running the filter; see [Program.ConstantlyAllows].
	Constant bool
}

// Reason is one rule's part in a decision.
type Reason struct {
	Action Action
	// When is the condition in the policy language, empty where there is none.
	When string
	// At is where the rule stands. It has no line for what holds in every policy.
	At   Position
	rule rule
}

func byNumber(a, b Explained) int { return cmp.Compare(a.Number, b.Number) }

// Explanation is a policy compiled for a machine, to be asked about.
type Explanation struct {
	Arch Arch
	// Program is what the kernel gets; the empty one is no filter.
	Program  Program
	policy   *Policy
	compiler *compiler
}

// Explanation compiles the policy, and fails as Compile does.
func (p *Policy) Explanation(a Arch) (*Explanation, error) {
	program, err := p.Compile(a)
	return &Explanation{a, program, p, newCompiler(p)}, err
}

// Calls explains every call of an ABI, by number.
func (e *Explanation) Calls(b ABI) []Explained {
	var list []Explained
	for _, each := range b.table().calls() {
		list = append(list, e.call(b, each.name))
	}
	slices.SortFunc(list, byNumber)
	return list
}

// Call explains one call on each ABI that has it.
func (e *Explanation) Call(name string) []Explained {
	var list []Explained
	for _, b := range e.Arch.ABIs() {
		if _, ok := b.number(name); ok {
			list = append(list, e.call(b, name))
		}
	}
	return list
}

func (e *Explanation) call(b ABI, name string) Explained {
	number, _ := b.number(name)
	reasons := e.reasons(b, name)
	return Explained{int(number), name, b, chain(reasons), reasons, e.Program.ConstantlyAllows(number, b.Audit())}
}

func (e *Explanation) reasons(b ABI, name string) []Reason {
	if len(e.Program) == 0 {
		return []Reason{{Action: Allow, At: e.policy.fallback.at}}
	}
	return e.compiler.reasons(b, name)
}

// reasons is the chain of a call.
func (c *compiler) reasons(b ABI, name string) []Reason {
	switch i386 := c.policy.i386; {
	case b == ABIX32:
		return []Reason{{Action: unknown}}
	case b == ABII386 && i386.action != Allow:
		return []Reason{{Action: i386.action, At: i386.at}}
	case b == ABII386:
		return c.translatedReasons(name)
	}
	return c.chained(c.rulesOf(name))
}

// chained ends the rules with the first that always holds, or with the policy's default.
func (c *compiler) chained(rules []rule) []Reason {
	var list []Reason
	for _, r := range rules {
		list = append(list, r.reason())
		if r.when == nil {
			return list
		}
	}
	return append(list, Reason{Action: c.policy.fallback.action, At: c.policy.fallback.at})
}

func (r rule) reason() Reason {
	reason := Reason{Action: r.action, At: r.line, rule: r}
	if r.when != nil {
		reason.When = r.when.String()
	}
	return reason
}

// translatedReasons is the chain of an i386 call. A multiplexer has those of all that it stands for.
func (c *compiler) translatedReasons(name string) []Reason {
	i := slices.IndexFunc(multiplexers[:], func(m multiplexer) bool { return m.name == name })
	if i < 0 {
		return c.chained(c.visible(nativeOf(name)))
	}
	var list []Reason
	for number, native := range multiplexers[i].native {
		if native == "" {
			continue
		}
		one := c.chained(c.visible(map[string]uint8{name: allSame, native: 0}))[0]
		one.When = strings.TrimSuffix(fmt.Sprintf("arg0 is %d (%s) && %s", number+1, native, one.When), " && ")
		list = append(list, one)
	}
	return append(list, c.chained(c.rulesOf(name))...)
}

// chain is a decision in words.
func chain(reasons []Reason) string {
	var parts []string
	for _, r := range reasons {
		part := r.Action.String()
		if r.When != "" {
			part += " if " + r.When
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", else ")
}

// Default is the action for calls without a rule, and where it is set.
func (e *Explanation) Default() Reason {
	return Reason{Action: e.policy.fallback.action, At: e.policy.fallback.at}
}
