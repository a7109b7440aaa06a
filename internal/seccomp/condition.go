package seccomp

import "fmt"

// condition is what a rule demands of a call's arguments.
type condition interface {
	// String is the condition in the policy language.
	String() string
	// negated holds exactly when the condition does not.
	negated() condition
	// holds tells what the kernel would find for these arguments.
	holds(on abi, arguments *[6]uint64) bool
	// arguments is the number of leading arguments that the condition looks at: one more than the highest.
	arguments() int
	// missing has a bit for each ABI that lacks one of the condition's constants.
	missing() uint8
}

// The ways to join conditions.
type (
	both   struct{ left, right condition }
	either struct{ left, right condition }
)

// comparison tests one argument: argument & mask, operator, value.
type comparison struct {
	// label is the argument as written: its name, or a conversion such as u32(arg1).
	label string
	index uint8
	// width is the number of bits compared: 16, 32 or 64.
	width uint8
	// mask is nil when all bits count.
	mask  *value
	op    operator
	value value
}

// value is a number, perhaps a different one on each ABI.
type value struct {
	text   string
	on     perABI
	absent uint8
}

// operator compares unsigned numbers.
type operator string

// operators are all of them, the longer ones first.
var operators = [...]operator{"==", "!=", "<=", ">=", "<", ">"}

// opposites pairs each operator with its negation.
var opposites = [...][2]operator{{"==", "!="}, {"<", ">="}, {">", "<="}}

// String needs parentheses only where the parser would join the parts in another way.
func (c both) String() string {
	left, right := c.left.String(), c.right.String()
	if _, ok := c.left.(either); ok {
		left = "(" + left + ")"
	}
	if _, ok := c.right.(comparison); !ok {
		right = "(" + right + ")"
	}
	return left + " && " + right
}

func (c either) String() string {
	right := c.right.String()
	if _, ok := c.right.(either); ok {
		right = "(" + right + ")"
	}
	return c.left.String() + " || " + right
}

func (c comparison) String() string {
	if c.mask == nil {
		return fmt.Sprintf("%s %s %s", c.label, c.op, c.value.text)
	}
	return fmt.Sprintf("%s & %s %s %s", c.label, c.mask.text, c.op, c.value.text)
}

func (c both) negated() condition   { return either{c.left.negated(), c.right.negated()} }
func (c either) negated() condition { return both{c.left.negated(), c.right.negated()} }

func (c comparison) negated() condition {
	for _, pair := range opposites {
		switch c.op {
		case pair[0]:
			c.op = pair[1]
			return c
		case pair[1]:
			c.op = pair[0]
			return c
		}
	}
	return c
}

func (c both) holds(on abi, a *[6]uint64) bool   { return c.left.holds(on, a) && c.right.holds(on, a) }
func (c either) holds(on abi, a *[6]uint64) bool { return c.left.holds(on, a) || c.right.holds(on, a) }

func (c comparison) holds(on abi, arguments *[6]uint64) bool {
	kept := ^uint64(0) >> (64 - c.width)
	got, want := arguments[c.index]&kept, c.value.on[on]&kept
	if c.mask != nil {
		got &= c.mask.on[on]
	}
	switch c.op {
	case "==":
		return got == want
	case "!=":
		return got != want
	case "<":
		return got < want
	case "<=":
		return got <= want
	case ">":
		return got > want
	default:
		return got >= want
	}
}

func (c both) arguments() int       { return max(c.left.arguments(), c.right.arguments()) }
func (c either) arguments() int     { return max(c.left.arguments(), c.right.arguments()) }
func (c comparison) arguments() int { return int(c.index) + 1 }

func (c both) missing() uint8   { return c.left.missing() | c.right.missing() }
func (c either) missing() uint8 { return c.left.missing() | c.right.missing() }

func (c comparison) missing() uint8 {
	if c.mask == nil {
		return c.value.absent
	}
	return c.value.absent | c.mask.absent
}
