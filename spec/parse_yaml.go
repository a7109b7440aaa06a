package spec

import "strings"

// The YAML parser reads the part of YAML 1.2 that configuration is written in:
// one document of block and flow mappings and sequences, plain and quoted
// scalars on one line, and blocks of text begun by "|". What it takes means the same to every
// YAML parser (a fuzz test compares); what it does not take is refused by name.
//
// It exists because every library costs the thin binary a quarter of a
// millisecond at each start, YAML or not; docs/dependencies-spec.txt has the numbers.

// parseYAML reads one document.
func (p *parser) parseYAML() node {
	p.yamlCharacters()
	p.yamlMarker()
	if !p.yamlNext() {
		p.fail(p.pos, "the document is empty", "write settings such as command: [ls]")
		return node{}
	}
	n := p.yamlBlock(-1)
	if p.yamlNext() {
		p.fail(p.pos, "unexpected "+p.found(), "is it indented like the lines before it?")
	}
	return n
}

// yamlCharacters refuses what YAML does not allow at all, and the line breaks that its versions disagree about.
func (p *parser) yamlCharacters() {
	for i, r := range p.text {
		switch {
		case r == '\r' && p.byteAt(i+1) != '\n':
			p.fail(i, "a carriage return without a line feed", "save the file with line feeds")
		case r < ' ' && r != '\n' && r != '\t' && r != '\r', r >= 0x7f && r < 0xa0,
			r == '\u2028', r == '\u2029', r == '\ufeff', r == '\ufffe', r == '\uffff':
			p.fail(i, "a control character", `write it as an escape in double quotes, such as "\u2028"`)
		}
		if p.err != nil {
			return
		}
	}
}

// yamlMarker skips the line "---" that may begin a document.
func (p *parser) yamlMarker() {
	if p.yamlNextLine(); p.peek() == '%' {
		p.fail(p.pos, "directives are not taken", "leave the line out")
	}
	if p.yamlAtMarker("---") {
		p.pos += 3
		p.yamlEndLine()
	}
}

func (p *parser) yamlAtMarker(marker string) bool {
	return p.column() == 0 && strings.HasPrefix(p.text[p.pos:], marker) && isBlank(p.byteAt(p.pos+3))
}

// isBlank reports whether c ends a word: white space, or 0 for the end of the document.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0 }

// column counts the bytes between the start of the line and pos.
func (p *parser) column() int {
	return p.pos - strings.LastIndexByte(p.text[:p.pos], '\n') - 1
}

// yamlNext goes to the next content, over blank lines and comments; it stays where content already is.
// It returns false at the end of the document.
func (p *parser) yamlNext() bool {
	if p.yamlNextLine(); p.pos == len(p.text) {
		return false
	}
	switch {
	case p.yamlAtMarker("---"):
		p.fail(p.pos, "a second document", "a file holds one")
	case p.yamlAtMarker("..."):
		p.pos += 3
		p.yamlEndLine()
		if p.yamlNextLine(); p.pos < len(p.text) {
			p.fail(p.pos, "unexpected "+p.found()+" after the end of the document", "a file holds one document")
		}
		return false
	}
	return p.pos < len(p.text)
}

func (p *parser) yamlNextLine() {
	for p.pos < len(p.text) {
		switch c := p.peek(); {
		case c == ' ' || c == '\n' || c == '\r':
			p.pos++
		case c == '#':
			p.skipLine()
		case c == '\t':
			p.fail(p.pos, "a tab in the indentation", "indent with spaces")
		default:
			return
		}
	}
}

func (p *parser) skipLine() {
	if end := strings.IndexByte(p.text[p.pos:], '\n'); end >= 0 {
		p.pos += end
	} else {
		p.pos = len(p.text)
	}
}

// yamlEndLine takes the rest of a line: blanks and a comment.
func (p *parser) yamlEndLine() {
	p.blanks()
	switch {
	case p.peek() == '#' && isBlank(p.byteAt(p.pos-1)):
		p.skipLine()
	case !p.atLineEnd():
		p.fail(p.pos, "unexpected "+p.found()+" after the value", "put text with special characters into quotes")
	}
	if p.peek() == '\r' {
		p.pos++
	}
	if p.peek() == '\n' {
		p.pos++
	}
}

func (p *parser) blanks() {
	for p.peek() == ' ' || p.peek() == '\t' {
		p.pos++
	}
}

func (p *parser) atLineEnd() bool {
	c := p.peek()
	return c == '\n' || c == '\r' || c == 0
}

// atValue skips blanks and reports whether a value follows on this line.
func (p *parser) atValue() bool {
	p.blanks()
	return !p.atLineEnd() && !(p.peek() == '#' && isBlank(p.byteAt(p.pos-1)))
}

// yamlBlock reads the value at pos; parent is the indentation of what holds it.
func (p *parser) yamlBlock(parent int) node {
	switch {
	case p.atIndicator('-'):
		return p.yamlSequence(p.column())
	case p.yamlColon() >= 0:
		return p.yamlMapping(p.column())
	}
	return p.yamlValue(parent)
}

// atIndicator reports whether c stands at pos as a word of its own.
func (p *parser) atIndicator(c byte) bool { return p.peek() == c && isBlank(p.byteAt(p.pos+1)) }

func (p *parser) yamlSequence(column int) node {
	n := p.make(nodeList, p.pos)
	p.enter(p.pos)
	defer func() { p.depth-- }()
	for p.err == nil {
		p.pos++
		p.noTab()
		if p.atValue() {
			n.children = append(n.children, p.yamlBlock(column))
		} else {
			n.children = append(n.children, p.yamlNested(column, false))
		}
		if !p.yamlSibling(column) || !p.atIndicator('-') {
			break
		}
	}
	return n
}

// noTab refuses tabs between a dash and what follows, where they would count as indentation.
func (p *parser) noTab() {
	if strings.HasPrefix(strings.TrimLeft(p.line(), " "), "\t") {
		p.fail(p.pos, "a tab in the indentation", "indent with spaces")
	}
}

func (p *parser) yamlMapping(column int) node {
	n := p.make(nodeMapping, p.pos)
	p.enter(p.pos)
	defer func() { p.depth-- }()
	for p.err == nil {
		n.children = append(n.children, p.yamlKey())
		if p.atValue() {
			n.children = append(n.children, p.yamlValue(column))
		} else {
			n.children = append(n.children, p.yamlNested(column, true))
		}
		if !p.yamlSibling(column) {
			break
		}
		if p.yamlColon() < 0 {
			p.fail(p.pos, "expected a key and a colon, found "+p.found(), "")
		}
	}
	return n
}

// yamlSibling goes to the next content and reports whether it belongs to the block at column.
func (p *parser) yamlSibling(column int) bool {
	if !p.yamlNext() || p.column() < column {
		return false
	}
	if p.column() > column {
		p.fail(p.pos, "indented deeper than the lines it follows", "text of several lines is begun by | after the colon")
	}
	return p.err == nil
}

// yamlNested reads a value that begins on a line of its own: deeper than its
// parent, or a sequence right below its key.
func (p *parser) yamlNested(parent int, isKey bool) node {
	nothing := p.make(nodeNull, p.pos)
	p.yamlEndLine()
	if !p.yamlNext() {
		return nothing
	}
	if column := p.column(); column > parent || isKey && column == parent && p.atIndicator('-') {
		return p.yamlBlock(parent)
	}
	return nothing
}
