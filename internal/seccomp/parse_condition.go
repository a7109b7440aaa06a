package seccomp

import (
	"slices"
	"strings"
)

// conditionParser reads the condition of one system call:
//
//	either     = both { "||" both }
//	both       = part { "&&" part }
//	part       = "!" part | "(" either ")" | comparison
//	comparison = argument [ "&" number ] [ operator number ]
type conditionParser struct {
	*cursor
	call   string
	nested int
	// comparisons counts those of the whole policy.
	comparisons int
}

// whole reads a condition and the parenthesis that closes it.
func (p *conditionParser) whole() (condition, error) {
	if t := p.peek(); t.text == ")" {
		return nil, failure(t.at, "the condition is empty: write %s without parentheses", p.call)
	}
	c, err := p.either()
	if err != nil {
		return nil, err
	}
	return c, p.expect(")")
}

func (p *conditionParser) either() (condition, error) {
	left, err := p.both()
	for err == nil && p.accept("||") {
		var right condition
		right, err = p.both()
		left = either{left, right}
	}
	return left, err
}

func (p *conditionParser) both() (condition, error) {
	left, err := p.part()
	for err == nil && p.accept("&&") {
		var right condition
		right, err = p.part()
		left = both{left, right}
	}
	return left, err
}

func (p *conditionParser) part() (condition, error) {
	if p.nested++; p.nested > maxNesting {
		return nil, failure(p.peek().at, "the condition is nested more than %d deep", maxNesting)
	}
	defer func() { p.nested-- }()
	if p.accept("!") {
		inner, err := p.part()
		if err != nil {
			return nil, err
		}
		return inner.negated(), nil
	}
	if p.accept("(") {
		inner, err := p.either()
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	}
	return p.comparison()
}

// comparison reads "argument & mask operator value"; a mask alone asks for any of its bits.
func (p *conditionParser) comparison() (condition, error) {
	start := p.peek().at
	p.comparisons++
	if err := checkComparisons(start, p.comparisons); err != nil {
		return nil, err
	}
	c, err := p.argument()
	if err != nil {
		return nil, err
	}
	if p.accept("&") {
		mask, err := p.number(c.width)
		if err != nil {
			return nil, err
		}
		c.mask, c.op, c.value = &mask, "!=", value{text: "0"}
	}
	t := p.peek()
	if !slices.Contains(operators[:], operator(t.text)) {
		if c.mask == nil {
			return nil, failure(t.at, "want a comparison (== != < <= > >= &) of %s instead of %s", c.label, t)
		}
		return c, c.check(start)
	}
	p.next()
	c.op = operator(t.text)
	if c.value, err = p.number(c.width); err != nil {
		return nil, err
	}
	return c, c.check(start)
}

// check refuses comparisons that cannot mean anything: a slip in a policy must not pass unseen.
func (c comparison) check(at Position) error {
	kept := ^uint64(0) >> (64 - c.width)
	for a := range abiCount {
		if c.missing()&(1<<a) != 0 {
			continue
		}
		// The argument is at most its bits.
		v, bits := c.value.on[a]&kept, kept
		if c.mask != nil {
			bits &= c.mask.on[a]
		}
		equality, boundary := c.op == "==" || c.op == "!=", c.op == "<" || c.op == ">="
		switch {
		case bits == 0:
			return failure(at, "%s is 0 in the %d bits that the kernel reads, so no bit is tested: compare with a mask that covers it, as in %s & O_ACCMODE == O_RDONLY", c.mask.text, c.width, c.label)
		case equality && v&^bits != 0:
			return failure(at, "%s has bits outside the mask %s, so the two are never equal", c.value.text, c.mask.text)
		case boundary && v == 0:
			return failure(at, "arguments are compared as unsigned numbers, so none is below 0")
		case boundary && v > bits, !equality && !boundary && v >= bits:
			return failure(at, "this holds always or never: arguments are compared as unsigned numbers, and this one is at most %#x", bits)
		}
	}
	return nil
}

// argument reads a name, argN, or a conversion u32(...) or u64(...) of either.
func (p *conditionParser) argument() (comparison, error) {
	t := p.next()
	if t.kind != wordToken {
		return comparison{}, failure(t.at, "want an argument of %s instead of %s: %s", p.call, t, argumentHelp(p.call))
	}
	width := map[string]uint8{"u32": 32, "u64": 64}[t.text]
	if width == 0 {
		c, err := p.resolve(t)
		if err == nil && c.width == 0 {
			err = failure(t.at, "the width of %s of %s is not known: write u32(%s) if the kernel takes an int, else u64(%s)", t.text, p.call, t.text, t.text)
		}
		return c, err
	}
	if err := p.expect("("); err != nil {
		return comparison{}, err
	}
	inner := p.next()
	c, err := p.resolve(inner)
	if err != nil {
		return c, err
	}
	// A wider comparison than the kernel's own could be passed by any value with other high bits: CVE-2019-7303.
	if c.width != 0 && width > c.width {
		return c, failure(t.at, "the kernel reads only %d bits of %s of %s, a comparison of %d bits is no protection: write %s alone", c.width, inner.text, p.call, width, inner.text)
	}
	c.label, c.width = t.text+"("+inner.text+")", width
	return c, p.expect(")")
}

// resolve finds an argument by its name or as argN; the width is 0 when it is not known.
func (p *conditionParser) resolve(t token) (comparison, error) {
	names, widths := argumentsOf(p.call)
	c := comparison{label: t.text}
	index := slices.Index(names, t.text)
	if number, ok := strings.CutPrefix(t.text, "arg"); ok && index < 0 && len(number) == 1 && number >= "0" && number <= "5" {
		index = int(number[0] - '0')
	}
	if index < 0 {
		return c, failure(t.at, "%s has no argument %s%s: %s", p.call, t, suggestion(t.text, names), argumentHelp(p.call))
	}
	c.index = uint8(index)
	if index < len(widths) {
		c.width = widths[index]
	}
	return c, nil
}

// argumentsOf lists a call's arguments and their width in bits.
func argumentsOf(call string) (names []string, widths []uint8) {
	s, _ := find(signatures[:], call, signatureName)
	for _, field := range strings.Fields(s.arguments) {
		name, width, _ := strings.Cut(field, ":")
		names = append(names, name)
		widths = append(widths, map[string]uint8{"": 32, "16": 16, "64": 64}[width])
	}
	return names, widths
}

// argumentHelp tells how a call's arguments are written.
func argumentHelp(call string) string {
	names, _ := argumentsOf(call)
	if names == nil {
		return "write u32(arg0) or u64(arg0) to u64(arg5)"
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == unnamed })
	return "write " + strings.Join(names, ", ") + ", or arg0 to arg5"
}
