package seccomp

import (
	"strconv"
	"strings"
)

// number reads a value that fits an argument of this many bits:
//
//	number = term { "|" term }
//	term   = "~" term | "-" digits | digits | CONSTANT | "(" number ")"
func (p *conditionParser) number(width uint8) (value, error) {
	at := p.peek().at
	v, err := p.union()
	if err != nil {
		return v, err
	}
	for _, n := range v.on {
		if high := n >> width; width < 64 && high != 0 && high != ^uint64(0)>>width {
			return v, failure(at, "%s does not fit into the %d bits that the kernel reads of the argument", v.text, width)
		}
	}
	return v, nil
}

func (p *conditionParser) union() (value, error) {
	v, err := p.term()
	if err != nil || p.peek().text != "|" {
		return v, err
	}
	texts := []string{v.text}
	for p.accept("|") {
		more, err := p.term()
		if err != nil {
			return v, err
		}
		texts = append(texts, more.text)
		v.absent |= more.absent
		for a := range v.on {
			v.on[a] |= more.on[a]
		}
	}
	v.text = "(" + strings.Join(texts, "|") + ")"
	return v, nil
}

func (p *conditionParser) term() (value, error) {
	if p.nested++; p.nested > maxNesting {
		return value{}, failure(p.peek().at, "the number is nested more than %d deep", maxNesting)
	}
	defer func() { p.nested-- }()
	switch t := p.next(); {
	case t.text == "(":
		v, err := p.union()
		if err != nil {
			return v, err
		}
		return v, p.expect(")")
	case t.text == "~":
		v, err := p.term()
		for a := range v.on {
			v.on[a] = ^v.on[a]
		}
		v.text = "~" + v.text
		return v, err
	case t.text == "-":
		v, err := literal(p.next())
		for a := range v.on {
			v.on[a] = -v.on[a]
		}
		v.text = "-" + v.text
		return v, err
	case t.kind == wordToken:
		return named(t)
	default:
		return literal(t)
	}
}

// literal reads digits: decimal, 0x hexadecimal, 0b binary, 0 or 0o octal.
func literal(t token) (value, error) {
	if t.kind != numberToken {
		return value{}, failure(t.at, "want a number or a constant instead of %s", t)
	}
	n, err := strconv.ParseUint(t.text, 0, 64)
	if err != nil {
		return value{}, failure(t.at, "%s is not a number of 64 bits: decimal, 0x… hexadecimal, 0… octal", t)
	}
	return value{text: t.text, on: perABI{n, n, n}}, nil
}

// named looks a constant up.
func named(t token) (value, error) {
	c, ok := find(constants[:], t.text, constantName)
	if !ok {
		return value{}, failure(t.at, "unknown constant %s%s", t, suggestion(t.text, namesOf(constants[:], constantName)))
	}
	return value{t.text, c.value, c.missing}, nil
}
