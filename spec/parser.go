package spec

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds on documents, far above what a Spec of 100000 mounts needs.
const (
	maxDocument = 16 << 20
	maxDepth    = 64
	maxNodes    = 2_000_000
)

// parser is the state that the JSON and the YAML parser share. The first
// mistake, which err holds, stops it.
type parser struct {
	file string
	text string
	// pos only grows, and never beyond the end.
	pos   int
	depth int
	nodes int
	// lineEnd is where the line that line was last asked for ends.
	lineEnd int
	err     *FieldError
}

// fail notes a mistake and goes to the end of the text.
func (p *parser) fail(offset int, why, hint string) {
	p.refuse(offset, why, hint)
	p.pos = len(p.text)
}

// refuse notes a mistake and stays, so that what began here can be left in the usual way.
func (p *parser) refuse(offset int, why, hint string) {
	if p.err == nil {
		line, column := position(p.text, offset)
		p.err = &FieldError{File: p.file, Line: line, Column: column, Why: why, Hint: hint}
	}
}

// position counts lines and characters from 1.
func position(text string, offset int) (line, column int) {
	before := text[:min(offset, len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// make starts a node at offset.
func (p *parser) make(kind nodeKind, offset int) node {
	if p.nodes++; p.nodes > maxNodes {
		p.refuse(offset, "more than "+strconv.Itoa(maxNodes)+" values", "split the work over several sandboxes")
	}
	return node{kind: kind, offset: int32(offset)}
}

// enter counts a level of nesting; leave it again by p.depth--.
func (p *parser) enter(offset int) {
	if p.depth++; p.depth > maxDepth {
		p.refuse(offset, "nested deeper than "+strconv.Itoa(maxDepth)+" levels", "")
	}
}

// peek is the byte at pos, or 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// byteAt is the byte at an offset, or 0 outside the text.
func (p *parser) byteAt(offset int) byte {
	if offset >= 0 && offset < len(p.text) {
		return p.text[offset]
	}
	return 0
}

// found describes what stands at pos, for messages.
func (p *parser) found() string {
	if p.pos >= len(p.text) {
		return "the end of the document"
	}
	r, size := utf8.DecodeRuneInString(p.text[p.pos:])
	if r == '\n' {
		return "the end of the line"
	}
	return strconv.Quote(p.text[p.pos : p.pos+size])
}

// hexadecimal reads the digits of a \x, \u or \U escape.
func (p *parser) hexadecimal(digits int) rune {
	start := p.pos
	if start+digits > len(p.text) {
		p.fail(start, "an escape is cut short", "")
		return 0
	}
	n, err := strconv.ParseUint(p.text[start:start+digits], 16, 32)
	if err != nil {
		p.fail(start, quote(p.text[start:start+digits])+" are not hexadecimal digits", "")
		return 0
	}
	p.pos += digits
	return rune(n)
}
