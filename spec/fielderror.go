package spec

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FieldError is one mistake in a Spec, or in the text of one.
type FieldError struct {
	// File, Line and Column say where, when the Spec came from a file; they
	// count from 1, columns in characters.
	File         string
	Line, Column int
	// Path names the field as a file spells it, such as mounts[3].target; for
	// a text form parsed on its own it is the kind of value, such as "size".
	Path string
	// Value is the text that is wrong; empty when something is missing.
	Value string
	// Why says what is wrong, Hint what to do about it.
	Why, Hint string
}

// Error prints position, path, value, reason and hint on one line; a long value is cut.
func (e *FieldError) Error() string {
	var b strings.Builder
	b.WriteString(e.position())
	subject := e.Path
	if e.Value != "" {
		subject = strings.TrimLeft(subject+" "+quote(e.Value), " ")
	}
	if subject != "" {
		b.WriteString(subject + ": ")
	}
	b.WriteString(e.Why)
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

func (e *FieldError) position() string {
	switch {
	case e.File == "":
		return ""
	case e.Line == 0:
		return e.File + ": "
	}
	return e.File + ":" + strconv.Itoa(e.Line) + ":" + strconv.Itoa(e.Column) + ": "
}

// FieldErrors lists the mistakes inside an error that Validate or Decode returned.
func FieldErrors(err error) []*FieldError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*FieldError
		for _, e := range joined.Unwrap() {
			all = append(all, FieldErrors(e)...)
		}
		return all
	}
	var one *FieldError
	if errors.As(err, &one) {
		return []*FieldError{one}
	}
	return nil
}

// key is a name as part of a path: as it is, or in quotes if it could upset the terminal or the reader.
func key(name string) string {
	if len(name) > longestQuoted || strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return quote(name)
	}
	return name
}

// longestQuoted is how much of a value an error message repeats.
const longestQuoted = 80

// quote makes any text safe to print on one terminal line.
func quote(s string) string {
	if len(s) <= longestQuoted {
		return strconv.Quote(s)
	}
	cut := longestQuoted
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "... (" + strconv.Itoa(len(s)) + " bytes)"
}
