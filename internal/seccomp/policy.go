package seccomp

import (
	"fmt"
	"strings"
)

// Policy is a parsed policy: includes are resolved, groups are replaced by
// their members, and rules that can never apply are gone.
type Policy struct {
	rules []rule
	// fallback is the action for calls without a rule.
	fallback setting
	// i386 is what 32-bit programs get on amd64: Allow means these same rules.
	i386 setting
}

// rule is one line's verdict on one system call.
type rule struct {
	action Action
	call   string
	when   condition // nil: always
	at     Position
	// line begins the rule that names the call, or a group that holds it.
	line Position
}

// setting is an action that a policy sets once.
type setting struct {
	action Action
	at     Position
	// depth of the file that set it: the outermost file wins.
	depth int
	set   bool
}

// Position is a place in a policy's text.
type Position struct {
	File      string
	Line, Col int
}

func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// verdict is what happens to one call: the first rule that matches decides.
func (p *Policy) verdict(on abi, name string, arguments *[6]uint64) Action {
	for _, r := range p.rules {
		if r.call == name && (r.when == nil || r.when.holds(on, arguments)) {
			return r.action
		}
	}
	return p.fallback.action
}

// String prints the policy in its own language, one rule a line.
func (p *Policy) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "default %s\nabi i386 %s\n", p.fallback.action, p.i386.action)
	for _, r := range p.rules {
		fmt.Fprintf(&b, "%s %s\n", r.action, r.item())
	}
	return b.String()
}

// item is the call as a rule names it.
func (r rule) item() string {
	if r.when == nil {
		return r.call
	}
	return r.call + "(" + r.when.String() + ")"
}
