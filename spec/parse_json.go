package spec

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// parseJSON reads one JSON value and nothing after it; RFC 8259.
func (p *parser) parseJSON() node {
	n := p.jsonValue()
	if p.jsonSpace(); p.pos < len(p.text) {
		p.fail(p.pos, "unexpected "+p.found()+" after the value", "a document holds one value")
	}
	return n
}

func (p *parser) jsonSpace() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *parser) jsonValue() node {
	p.jsonSpace()
	switch c := p.peek(); {
	case c == '{':
		return p.jsonContainer(nodeMapping, '}')
	case c == '[':
		return p.jsonContainer(nodeList, ']')
	case c == '"':
		return p.jsonText()
	case c == '-' || c >= '0' && c <= '9':
		return p.jsonNumber()
	}
	for _, word := range [...]struct {
		text string
		kind nodeKind
	}{{"true", nodeBool}, {"false", nodeBool}, {"null", nodeNull}} {
		if strings.HasPrefix(p.text[p.pos:], word.text) {
			n := p.make(word.kind, p.pos)
			n.text = word.text
			p.pos += len(word.text)
			return n
		}
	}
	p.fail(p.pos, "expected a value, found "+p.found(), jsonHint(p.peek()))
	return node{}
}

func jsonHint(c byte) string {
	switch c {
	case '\'':
		return "JSON text stands in double quotes"
	case '/', '#':
		return "JSON has no comments; YAML has"
	case ']', '}':
		return "JSON allows no comma before a closing bracket"
	}
	return ""
}

// jsonContainer reads an object or an array.
func (p *parser) jsonContainer(kind nodeKind, end byte) node {
	n := p.make(kind, p.pos)
	p.enter(p.pos)
	defer func() { p.depth-- }()
	p.pos++
	if p.jsonSpace(); p.peek() == end {
		p.pos++
		return n
	}
	for p.err == nil {
		if kind == nodeMapping {
			n.children = append(n.children, p.jsonKey())
		}
		n.children = append(n.children, p.jsonValue())
		p.jsonSpace()
		switch p.peek() {
		case end:
			p.pos++
			return n
		case ',':
			p.pos++
		default:
			p.fail(p.pos, "expected a comma or "+string(end)+", found "+p.found(), "")
		}
	}
	return n
}

func (p *parser) jsonKey() node {
	p.jsonSpace()
	if p.peek() != '"' {
		p.fail(p.pos, "expected a key in double quotes, found "+p.found(), jsonHint(p.peek()))
		return node{}
	}
	key := p.jsonText()
	if p.jsonSpace(); p.peek() != ':' {
		p.fail(p.pos, "expected a colon after the key, found "+p.found(), "")
		return key
	}
	p.pos++
	return key
}

// jsonText reads text in double quotes.
func (p *parser) jsonText() node {
	n := p.make(nodeText, p.pos)
	p.pos++
	start := p.pos
	var unescaped strings.Builder
	for {
		run := strings.IndexAny(p.text[p.pos:], "\"\\\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f")
		if run < 0 {
			p.fail(int(n.offset), "a quote is never closed", "")
			return n
		}
		unescaped.WriteString(p.text[p.pos : p.pos+run])
		p.pos += run
		switch p.peek() {
		case '"':
			n.text = unescaped.String()
			if unescaped.Len() == p.pos-start {
				n.text = p.text[start:p.pos]
			}
			p.pos++
			return n
		case '\\':
			p.jsonEscape(&unescaped)
		default:
			p.fail(p.pos, "control character "+strconv.Quote(p.text[p.pos:p.pos+1])+" inside quotes", `write it as an escape, such as \n`)
		}
		if p.err != nil {
			return n
		}
	}
}

func (p *parser) jsonEscape(into *strings.Builder) {
	start := p.pos
	p.pos++
	c := p.peek()
	p.pos++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 && c != 0 {
		into.WriteByte("\"\\/\b\f\n\r\t"[i])
		return
	}
	if c != 'u' {
		p.fail(start, "unknown escape", `JSON knows \" \\ \/ \b \f \n \r \t and \uXXXX`)
		return
	}
	r := p.hexadecimal(4)
	if utf16.IsSurrogate(r) {
		if r = p.lowSurrogate(r); r == utf8.RuneError {
			p.fail(start, "half of a surrogate pair", `characters above \uFFFF are written as two escapes`)
		}
	}
	into.WriteRune(r)
}

// lowSurrogate reads the second half of a pair; no pair stands for utf8.RuneError.
func (p *parser) lowSurrogate(high rune) rune {
	if !strings.HasPrefix(p.text[p.pos:], `\u`) {
		return utf8.RuneError
	}
	p.pos += 2
	return utf16.DecodeRune(high, p.hexadecimal(4))
}

// jsonNumber checks the form of a number and keeps its text: the field decides what fits.
func (p *parser) jsonNumber() node {
	n := p.make(nodeNumber, p.pos)
	start := p.pos
	if p.peek() == '-' {
		p.pos++
	}
	leading := p.pos
	ok := p.digits() > 0 && (p.text[leading] != '0' || p.pos == leading+1)
	if p.peek() == '.' {
		p.pos++
		ok = p.digits() > 0 && ok
	}
	if p.peek() == 'e' || p.peek() == 'E' {
		p.pos++
		if p.peek() == '+' || p.peek() == '-' {
			p.pos++
		}
		ok = p.digits() > 0 && ok
	}
	n.text = p.text[start:p.pos]
	if !ok {
		p.fail(start, "not a number as JSON writes it", "put text into quotes")
	}
	return n
}

func (p *parser) digits() int {
	start := p.pos
	for p.peek() >= '0' && p.peek() <= '9' {
		p.pos++
	}
	return p.pos - start
}
