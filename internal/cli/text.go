package cli

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The help is written for a terminal of 80 columns.
const (
	width  = 80
	column = 28
)

// writeColumns writes a name and its explanation beside it, or below it if the
// name is too long.
func writeColumns(b *strings.Builder, name, doc string) {
	indent := strings.Repeat(" ", column)
	text := fill(plain(doc), indent)
	if len(name) > column-4 {
		b.WriteString("  " + name + "\n" + text)
		return
	}
	b.WriteString("  " + name + indent[:column-2-len(name)] + text[column:])
}

// fill breaks a text into lines, each behind indent. Paragraphs are parted by
// empty lines; lines that begin with four spaces stay as they are.
func fill(text, indent string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if strings.HasPrefix(paragraph, "    ") {
			b.WriteString(indent + strings.ReplaceAll(paragraph, "\n", "\n"+indent) + "\n")
			continue
		}
		fillParagraph(&b, paragraph, indent)
	}
	return b.String()
}

func fillParagraph(b *strings.Builder, paragraph, indent string) {
	used := 0
	for word := range strings.FieldsSeq(paragraph) {
		switch {
		case used == 0:
			b.WriteString(indent)
			used = len(indent)
		case used+1+len(word) > width:
			b.WriteString("\n" + indent)
			used = len(indent)
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += len(word)
	}
	b.WriteByte('\n')
}

// plain removes the back quotes that mark code for the manual and the reference.
func plain(s string) string { return strings.ReplaceAll(s, "`", "") }

// Printable replaces what could command a terminal: a stranger may have chosen
// the names that we print. Line feeds stay.
func Printable(s string) string {
	for _, r := range s {
		if !safe(r) {
			return escapeUnsafe(s)
		}
	}
	return s
}

// OneLine is Printable for a name in a list or a table: it cannot begin a line of its own.
func OneLine(s string) string { return strings.ReplaceAll(Printable(s), "\n", `\n`) }

// PrintableJSON is the same JSON, or YAML with such text in double quotes, without
// what could command a terminal: there, it is escaped.
func PrintableJSON(text []byte) []byte {
	for _, r := range string(text) {
		if !safe(r) {
			return escapeJSON(string(text))
		}
	}
	return text
}

func escapeJSON(text string) []byte {
	var b []byte
	for _, r := range text {
		if safe(r) {
			b = utf8.AppendRune(b, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			b = append(b, `\u`...)
			for shift := 12; shift >= 0; shift -= 4 {
				b = append(b, "0123456789abcdef"[unit>>shift&15])
			}
		}
	}
	return b
}

func safe(r rune) bool {
	return r == '\n' || strconv.IsPrint(r) && r != utf8.RuneError
}

func escapeUnsafe(s string) string {
	var b strings.Builder
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\x` + "0123456789abcdef"[s[0]>>4:][:1] + "0123456789abcdef"[s[0]&15:][:1])
		case safe(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[n:]
	}
	return b.String()
}
