package spec

import (
	"strings"
	"unicode/utf8"
)

// yamlColon finds the colon of a key that begins at pos; -1 when none does.
func (p *parser) yamlColon() int {
	line := p.line()
	switch p.peek() {
	case '"', '\'':
		if end := quotedEnd(line); end > 0 {
			rest := strings.TrimLeft(line[end:], " \t")
			if strings.HasPrefix(rest, ":") && isBlank(p.byteAt(p.pos+len(line)-len(rest)+1)) {
				return p.pos + len(line) - len(rest)
			}
		}
		return -1
	case '[', '{', '|', '>':
		return -1
	}
	end := plainEnd(line, "")
	if end < len(line) && line[end] == ':' {
		return p.pos + end
	}
	return -1
}

// quotedEnd is the length of the quoted text that line begins with; 0 when it does not end there.
func quotedEnd(line string) int {
	mark := line[0]
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '\\' && mark == '"':
			i++
		case line[i] == mark && mark == '\'' && i+1 < len(line) && line[i+1] == mark:
			i++
		case line[i] == mark:
			return i + 1
		}
	}
	return 0
}

// plainEnd is where a scalar without quotes ends: before ": ", " #", the line's end, or in a flow one of its stops.
func plainEnd(line, stops string) int {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\n' || c == '\r':
			return i
		case c == ':' && (i+1 == len(line) || isBlank(line[i+1]) || strings.IndexByte(stops, line[i+1]) >= 0):
			return i
		case c == '#' && i > 0 && isBlank(line[i-1]):
			return i
		case strings.IndexByte(stops, c) >= 0:
			return i
		}
	}
	return len(line)
}

// yamlKey reads a key and its colon; yamlColon has found it.
func (p *parser) yamlKey() node {
	colon := p.yamlColon()
	key := p.yamlScalar("")
	p.checkKey(&key)
	if p.err == nil {
		p.pos = colon + 1
	}
	return key
}

// longestKey is how far a colon may be from the start of its key; YAML 1.2, section 7.4.2.
const longestKey = 1024

func (p *parser) checkKey(key *node) {
	switch {
	case key.kind == nodePlain && key.text == "<<":
		p.fail(int(key.offset), "merge keys are not taken", "write the settings out")
	case p.pos-int(key.offset) > longestKey-1:
		p.fail(int(key.offset), "a key longer than 1024 bytes", "write it in JSON")
	}
}

// yamlScalar reads one quoted or plain scalar; stops are the characters that end a plain one inside a flow.
func (p *parser) yamlScalar(stops string) node {
	switch p.peek() {
	case '"':
		return p.yamlDouble()
	case '\'':
		return p.yamlSingle()
	}
	n := p.make(nodePlain, p.pos)
	if why, hint := p.notPlain(stops); why != "" {
		p.fail(p.pos, why, hint)
		return n
	}
	end := plainEnd(p.text[p.pos:], stops)
	n.text = strings.TrimRight(p.text[p.pos:p.pos+end], " \t")
	p.pos += end
	return n
}

// notPlain says why no plain scalar can begin at pos.
func (p *parser) notPlain(stops string) (why, hint string) {
	switch c := p.peek(); {
	case c == '&' || c == '*':
		return "anchors and aliases are not taken", "write the value out, or put text into quotes"
	case c == '!':
		return "tags are not taken", "leave it out, or put text into quotes"
	case c == '>':
		return "folded text is not taken", "begin the text by | instead, or put it into quotes"
	case c == '?' && isBlankOr(p.byteAt(p.pos+1), stops):
		return "a key of several lines is not taken", "write key: value"
	case c == '-' && isBlankOr(p.byteAt(p.pos+1), stops):
		return "a list item cannot begin here", "begin the list on a line of its own"
	case c == ':' && isBlankOr(p.byteAt(p.pos+1), stops), (c == ':' || c == '?') && stops != "", c != 0 && strings.IndexByte("%@`|#,[]{}", c) >= 0:
		return "text cannot begin with " + p.found(), "put it into quotes"
	}
	return "", ""
}

func isBlankOr(c byte, stops string) bool {
	return isBlank(c) || strings.IndexByte(stops, c) >= 0
}

// yamlValue reads a value that is no block mapping or sequence, to the end of its line.
func (p *parser) yamlValue(parent int) node {
	var n node
	switch p.peek() {
	case '|':
		return p.yamlLiteral(parent)
	case '[', '{':
		n = p.yamlFlow()
	default:
		n = p.yamlScalar("")
	}
	if p.peek() == ':' && n.kind == nodePlain {
		p.fail(p.pos, "a colon followed by a blank inside a value", "put the text into quotes")
	}
	p.yamlEndLine()
	return n
}

// yamlSingle reads text in single quotes, in which only a quote is written twice.
func (p *parser) yamlSingle() node {
	n := p.make(nodeText, p.pos)
	end := quotedEnd(p.line())
	if end == 0 {
		p.fail(p.pos, "a quote is not closed on its line", `text of several lines is begun by |, or written with \n in double quotes`)
		return n
	}
	n.text = strings.ReplaceAll(p.text[p.pos+1:p.pos+end-1], "''", "'")
	p.pos += end
	return n
}

// line is the rest of the line. It looks for the end once: a document may be one long line of many values.
func (p *parser) line() string {
	if p.pos >= p.lineEnd {
		p.lineEnd = len(p.text)
		if end := strings.IndexByte(p.text[p.pos:], '\n'); end >= 0 {
			p.lineEnd = p.pos + end
		}
	}
	return p.text[p.pos:p.lineEnd]
}

// yamlDouble reads text in double quotes.
func (p *parser) yamlDouble() node {
	n := p.make(nodeText, p.pos)
	end := p.pos + quotedEnd(p.line()) - 1
	if end < p.pos {
		p.fail(p.pos, "a quote is not closed on its line", `text of several lines is begun by |, or written with \n`)
		return n
	}
	p.pos++
	var b strings.Builder
	for p.pos < end {
		if p.text[p.pos] != '\\' {
			run, _, _ := strings.Cut(p.text[p.pos:end], `\`)
			b.WriteString(run)
			p.pos += len(run)
			continue
		}
		p.yamlEscape(&b)
	}
	n.text = b.String()
	if p.err == nil {
		p.pos = end + 1
	}
	return n
}

// yamlEscape reads one escape; YAML 1.2, section 5.7.
func (p *parser) yamlEscape(into *strings.Builder) {
	start := p.pos
	p.pos += 2
	switch c := p.byteAt(start + 1); c {
	case 'x':
		p.yamlRune(into, start, 2)
	case 'u':
		p.yamlRune(into, start, 4)
	case 'U':
		p.yamlRune(into, start, 8)
	default:
		for _, e := range [...]struct{ from, to string }{
			{"0", "\x00"}, {"a", "\a"}, {"b", "\b"}, {"t", "\t"}, {"n", "\n"}, {"v", "\v"}, {"f", "\f"}, {"r", "\r"}, {"e", "\x1b"},
			{" ", " "}, {`"`, `"`}, {"/", "/"}, {`\`, `\`}, {"N", "\u0085"}, {"_", "\u00a0"}, {"L", "\u2028"}, {"P", "\u2029"},
		} {
			if e.from[0] == c {
				into.WriteString(e.to)
				return
			}
		}
		p.fail(start, "unknown escape", `a backslash is written \\, or the text stands in single quotes`)
	}
}

func (p *parser) yamlRune(into *strings.Builder, start, digits int) {
	r := p.hexadecimal(digits)
	if !utf8.ValidRune(r) {
		p.fail(start, "no character has this number", `characters above \uFFFF are written \UXXXXXXXX`)
		return
	}
	into.WriteRune(r)
}
