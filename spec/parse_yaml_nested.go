package spec

import "strings"

// flowStops end a plain scalar inside a flow. YAML 1.2 allows a question mark
// there, 1.1 does not: it must stand in quotes.
const flowStops = ",[]{}?"

// yamlFlow reads [a, b] or {a: b}, over several lines if need be. JSON is a special case of it.
func (p *parser) yamlFlow() node {
	kind, end := nodeList, byte(']')
	if p.peek() == '{' {
		kind, end = nodeMapping, '}'
	}
	n := p.make(kind, p.pos)
	p.enter(p.pos)
	defer func() { p.depth-- }()
	p.pos++
	for p.err == nil {
		if p.flowSpace(); p.peek() == end {
			p.pos++
			break
		}
		if kind == nodeMapping {
			n.children = append(n.children, p.flowKey())
		}
		n.children = append(n.children, p.flowValue(kind))
		switch p.flowSpace(); {
		case p.peek() == ',':
			p.pos++
		case p.peek() == ':':
			p.fail(p.pos, "a key in a list", "put the text into quotes, or write {key: value}")
		case p.peek() != end:
			p.fail(p.pos, "expected a comma or "+string(end)+", found "+p.found(), "")
		}
	}
	return n
}

// flowSpace skips blanks, lines and comments inside brackets.
func (p *parser) flowSpace() {
	for {
		switch c := p.peek(); {
		case c == ' ' || c == '\t' || c == '\r':
			p.pos++
		case c == '\n':
			p.pos++
			if p.yamlAtMarker("---") || p.yamlAtMarker("...") {
				p.fail(p.pos, "a bracket is never closed", "")
			}
		case c == '#' && isBlank(p.byteAt(p.pos-1)):
			p.skipLine()
		default:
			return
		}
	}
}

// flowKey reads a key and its colon, which needs a blank after it unless the key is quoted.
func (p *parser) flowKey() node {
	if c := p.peek(); c == '[' || c == '{' {
		p.fail(p.pos, "a key that is no text", "")
		return node{}
	}
	line := p.pos + len(p.line())
	key := p.yamlScalar(flowStops)
	p.checkKey(&key)
	p.flowSpace()
	if p.peek() != ':' || p.pos > line || key.kind == nodePlain && !isBlank(p.byteAt(p.pos+1)) {
		p.fail(p.pos, "expected a colon after the key, found "+p.found(), "write key: value, with a blank between")
		return key
	}
	p.pos++
	return key
}

// flowValue reads an item of a list, or what follows a colon: perhaps nothing.
func (p *parser) flowValue(container nodeKind) node {
	p.flowSpace()
	switch c := p.peek(); {
	case c == '[' || c == '{':
		return p.yamlFlow()
	case container == nodeMapping && (c == ',' || c == '}'):
		return p.make(nodeNull, p.pos)
	}
	n := p.yamlScalar(flowStops)
	if n.kind == nodePlain {
		p.oneLine()
	}
	return n
}

// oneLine refuses a plain scalar that goes on on the next line.
func (p *parser) oneLine() {
	p.flowSpace()
	if c := p.peek(); c != ',' && c != ']' && c != '}' && c != ':' && p.err == nil {
		p.fail(p.pos, "expected a comma or a closing bracket, found "+p.found(), "put the text into quotes, on one line")
	}
}

// yamlLiteral reads a block of text begun by "|", with "-" to drop the last line end or "+" to keep all of them.
func (p *parser) yamlLiteral(parent int) node {
	n := p.make(nodeText, p.pos)
	p.pos++
	chomp, indent := p.literalHeader(parent)
	p.yamlEndLine()
	if p.err == nil {
		n.text = chomped(p.literalLines(parent, indent), chomp)
	}
	return n
}

// literalHeader reads what may follow the bar; indent is 0 when the first line decides.
func (p *parser) literalHeader(parent int) (chomp byte, indent int) {
	for {
		switch c := p.peek(); {
		case (c == '-' || c == '+') && chomp == 0:
			chomp = c
		case c >= '1' && c <= '9' && indent == 0:
			indent = max(parent, 0) + int(c-'0')
		default:
			return chomp, indent
		}
		p.pos++
	}
}

// literalLines collects the lines indented at least as far as the first one that is not blank.
func (p *parser) literalLines(parent, indent int) string {
	var b strings.Builder
	widest := 0 // of the blank lines before it
	for p.pos < len(p.text) {
		line := strings.TrimSuffix(p.line(), "\r")
		content := strings.TrimLeft(line, " ")
		spaces := len(line) - len(content)
		switch {
		case content == "":
			widest = max(widest, spaces)
		case indent == 0 && spaces > max(parent, 0):
			if widest > spaces || content[0] == '\t' {
				p.fail(p.pos, "unclear indentation of a block of text", "indent with spaces only, and leave blank lines empty")
				return ""
			}
			indent = spaces
		case indent == 0 || spaces < indent:
			return b.String()
		}
		if indent > 0 && spaces >= indent {
			b.WriteString(line[indent:])
		}
		p.literalBreak(&b)
	}
	return b.String()
}

// literalBreak goes to the next line.
func (p *parser) literalBreak(into *strings.Builder) {
	if p.skipLine(); p.pos < len(p.text) {
		p.pos++
		into.WriteByte('\n')
	}
}

func chomped(text string, chomp byte) string {
	stripped := strings.TrimRight(text, "\n")
	switch {
	case chomp == '+':
		return text
	case chomp == '-' || stripped == "" || stripped == text:
		return stripped
	}
	return stripped + "\n"
}
