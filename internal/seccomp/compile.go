package seccomp

import (
	"cmp"
	"fmt"
	"slices"
)

// Compile makes the policy's program for one architecture. It fails when a
// condition uses a constant that the architecture lacks, or when the program is
// longer than the kernel takes. A policy that allows everything needs no
// program and gets the empty one.
func (p *Policy) Compile(a Arch) (Program, error) {
	return p.compile(a, searchFor)
}

func (p *Policy) compile(a Arch, search searcher) (Program, error) {
	if err := p.checkConstants(a); err != nil {
		return nil, err
	}
	if len(p.rules) == 0 && p.fallback.action == Allow && p.i386.action == Allow {
		return nil, nil
	}
	program := assemble(newCompiler(p).machine(a.abi(), search))
	if len(program) > MaxInsns {
		return nil, fmt.Errorf("compile the policy for %s: %d instructions, the kernel takes %d: use fewer conditions", a, len(program), MaxInsns)
	}
	return program, nil
}

func (p *Policy) checkConstants(a Arch) error {
	for _, r := range p.rules {
		if r.when != nil && r.when.missing()&(1<<a) != 0 && a.abi().has(r.call) {
			return failure(r.at, "%s: a constant in this condition does not exist on %s", r.item(), a)
		}
	}
	return nil
}

// compiler turns rules into a graph of decisions.
type compiler struct {
	graph
	policy *Policy
	// rules has the places of each system call's rules in the policy.
	rules map[string][]int
}

func newCompiler(p *Policy) *compiler {
	c := &compiler{graph{}, p, make(map[string][]int, usualCalls)}
	for i, r := range p.rules {
		c.rules[r.call] = append(c.rules[r.call], i)
	}
	return c
}

// machine is the whole program's first node: which ABI, then which call.
func (c *compiler) machine(native abi, search searcher) *node {
	foreign := c.end(Kill)
	if native == abiAMD64 {
		foreign = c.end(c.policy.i386.action)
		if c.policy.i386.action == Allow {
			foreign = c.test(offsetArch, allBits, opEqual, abiI386.audit(), c.number(abiI386, search), c.end(Kill))
		}
	}
	return c.test(offsetArch, allBits, opEqual, native.audit(), c.number(native, search), foreign)
}

// number leads from a call's number to its decision.
//
// FACT - since 3.4 (asm/unistd_x32.h) - x32 calls have the architecture of amd64 and bit 30 set in the number - they lie above the
// highest known number, where every call gets ENOSYS, as in the gaps between known ones, whatever the policy's default - the same on all kernels.
func (c *compiler) number(on abi, search searcher) *node {
	calls := slices.SortedFunc(slices.Values(on.calls()), func(a, b call) int { return cmp.Compare(a.number, b.number) })
	missing := c.end(unknown)
	var spans []span
	next := uint32(0)
	for _, each := range calls {
		if number := uint32(each.number); number > next {
			spans = append(spans, span{next, missing})
			next = number
		}
		spans = append(spans, span{next, c.decision(on, each.name)})
		next++
	}
	spans = append(spans, span{next, missing})
	spans = slices.CompactFunc(spans, func(a, b span) bool { return a.node == b.node })
	return search(c.graph, spans)
}

// decision is what happens to a call known to be this one.
func (c *compiler) decision(on abi, name string) *node {
	if on == abiI386 {
		return c.translated(name)
	}
	return c.ruled(on, c.rulesOf(name))
}

// rulesOf are the rules of one call, in order.
func (c *compiler) rulesOf(name string) []rule {
	var list []rule
	for _, i := range c.rules[name] {
		list = append(list, c.policy.rules[i])
	}
	return list
}

// ruled builds a chain in which the first rule that matches decides.
func (c *compiler) ruled(on abi, rules []rule) *node {
	n := c.end(c.policy.fallback.action)
	for _, r := range slices.Backward(rules) {
		if r.when == nil {
			n = c.end(r.action)
		} else {
			n = c.branch(on, r.when, c.end(r.action), n)
		}
	}
	return n
}
