package spec

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Decode reads a Spec from a JSON or YAML document into an existing one: what
// the document says replaces what into holds (lists and maps as a whole), what
// it does not mention stays. file names the document in messages, and its
// ending says which of the two it is; without a telling ending a document that
// begins with a brace is JSON. On an error into is left as it was.
//
// Unknown and repeated keys, wrong types and values that do not fit are errors,
// each a *FieldError with file, line and column. The YAML understood is the part
// without anchors, aliases, tags and merge keys; docs/spec.md describes it.
func Decode(file string, text []byte, into *Spec) error {
	p := parser{file: file}
	if err := p.open(text); err != nil {
		return err
	}
	var root node
	if isJSON(file, p.text) {
		root = p.parseJSON()
	} else {
		root = p.parseYAML()
	}
	if p.err != nil {
		return p.err
	}
	d := decoder{file: file, text: p.text}
	next := into.Clone()
	d.spec(&root, &next)
	if len(d.errs) > 0 {
		return errors.Join(d.errs...)
	}
	*into = next
	return nil
}

// open refuses what is no text of a bearable length.
func (p *parser) open(text []byte) error {
	if len(text) > maxDocument {
		return &FieldError{File: p.file, Why: "the document has " + strconv.Itoa(len(text)>>20) + " MiB", Hint: "the most is 16 MiB; put large data into files of their own"}
	}
	p.text = strings.TrimPrefix(string(text), "\ufeff")
	if utf8.ValidString(p.text) {
		return nil
	}
	offset := 0
	for r, size := utf8.DecodeRuneInString(p.text); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRuneInString(p.text[offset:]) {
		offset += size
	}
	p.fail(offset, "not UTF-8: byte 0x"+strconv.FormatUint(uint64(p.text[offset]), 16), "save the file as UTF-8")
	return p.err
}

func isJSON(file, text string) bool {
	switch lower := strings.ToLower(file); {
	case strings.HasSuffix(lower, ".json"):
		return true
	case strings.HasSuffix(lower, ".yaml"), strings.HasSuffix(lower, ".yml"):
		return false
	}
	return strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{")
}
