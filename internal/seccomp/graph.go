package seccomp

// node is one decision: the end of the program with an action, or a test of a
// word of seccomp_data that leads to one of two others.
type node struct {
	// then and other are nil at an end, which has an action.
	then, other *node
	action      Action
	// word is the offset of what is tested, mask the bits of it.
	word, mask uint32
	op         uint16
	k          uint32
}

// allBits is a mask that keeps everything.
const allBits = ^uint32(0)

// graph makes nodes, equal ones once: parts that several system calls share are
// compiled once, and calls with the same fate are seen to have it.
type graph map[node]*node

func (g graph) unique(n node) *node {
	if known, ok := g[n]; ok {
		return known
	}
	g[n] = &n
	return &n
}

// end is the node that returns an action.
func (g graph) end(a Action) *node { return g.unique(node{action: a}) }

// test compares the bits of a word with k.
func (g graph) test(word, mask uint32, op uint16, k uint32, then, other *node) *node {
	switch {
	case then == other, op == opAtLeast && k == 0:
		return then
	case op == opEqual && k&^mask != 0:
		return other
	case op == opEqual && mask != allBits && k == 0: // no bit set: one instruction less than by masking
		return g.unique(node{then: other, other: then, word: word, mask: allBits, op: opAny, k: mask})
	case op == opEqual && mask != allBits && mask&(mask-1) == 0: // the one bit set
		return g.unique(node{then: then, other: other, word: word, mask: allBits, op: opAny, k: mask})
	}
	return g.unique(node{then: then, other: other, word: word, mask: mask, op: op, k: k})
}

// branch leads to then where the condition holds, else to other.
func (g graph) branch(on abi, c condition, then, other *node) *node {
	switch c := c.(type) {
	case both:
		return g.branch(on, c.left, g.branch(on, c.right, then, other), other)
	case either:
		return g.branch(on, c.left, then, g.branch(on, c.right, then, other))
	}
	return g.compare(on, c.(comparison), then, other)
}

// compare turns a comparison into tests of one or two words.
//
// FACT - since 3.5 (kernel/seccomp.c) - a program can only load 32-bit words, arguments have 64 bits - an argument that the kernel
// reads as int is compared by its low word alone, any other by both - the same on all kernels.
func (g graph) compare(on abi, c comparison, then, other *node) *node {
	switch c.op {
	case "!=", "<", "<=":
		return g.compare(on, c.negated().(comparison), other, then)
	}
	mask := ^uint64(0) >> (64 - c.width)
	want := c.value.on[on] & mask
	if c.mask != nil {
		mask &= c.mask.on[on]
	}
	// A 32-bit program's arguments have no high word: a negative number is the same in 32 bits.
	if on == abiI386 && want >= 1<<64-1<<31 {
		want = uint64(uint32(want))
	}
	op := map[operator]uint16{"==": opEqual, ">": opAbove, ">=": opAtLeast}[c.op]
	low := offsetArguments + 8*uint32(c.index)
	lowTest := g.fold(low, uint32(mask), op, uint32(want), then, other)
	equalHigh := g.fold(low+4, uint32(mask>>32), opEqual, uint32(want>>32), lowTest, other)
	if op == opEqual {
		return equalHigh
	}
	return g.fold(low+4, uint32(mask>>32), opAbove, uint32(want>>32), then, equalHigh)
}

// fold is test for a mask that may be empty: then the word counts as 0.
func (g graph) fold(word, mask uint32, op uint16, k uint32, then, other *node) *node {
	if mask != 0 {
		return g.test(word, mask, op, k, then, other)
	}
	if op != opAbove && k == 0 {
		return then
	}
	return other
}
