// Package envfile reads files of environment variables.
//
// A line is NAME=VALUE, or NAME alone for a variable to be copied from the
// caller; "export " before it is allowed. Empty lines and lines that begin
// with # are skipped. Quotes around the whole value are removed: within single
// quotes all is literal, within double quotes \n, \r, \t, \", \\ and \$ stand
// for what they stand for in a shell. A value without quotes ends at " #" and
// loses the blanks around it. Nothing is ever expanded or executed.
package envfile

import (
	"strconv"
	"strings"
)

// Variable is one line of a file.
type Variable struct {
	Name, Value string
	// Copy is set when the line had no "=": the caller's own value is meant.
	Copy bool
}

// Error is a mistake in a file.
type Error struct {
	File string
	Line int
	// Why says what is wrong, Hint what to do.
	Why, Hint string
}

func (e *Error) Error() string {
	return e.File + ":" + strconv.Itoa(e.Line) + ": " + e.Why
}

// Parse reads the text of a file; the error is an [*Error].
func Parse(file, text string) ([]Variable, error) {
	var list []Variable
	number := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		number++
		v, mistake := parseLine(strings.TrimSpace(line))
		if mistake != nil {
			mistake.File, mistake.Line = file, number
			return nil, mistake
		}
		if v.Name != "" {
			list = append(list, v)
		}
	}
	return list, nil
}

func parseLine(line string) (Variable, *Error) {
	if line == "" || line[0] == '#' {
		return Variable{}, nil
	}
	if rest, ok := strings.CutPrefix(line, "export "); ok {
		line = strings.TrimLeft(rest, " \t")
	}
	name, value, assigned := strings.Cut(line, "=")
	name = strings.TrimRight(name, " \t")
	if mistake := checkName(name); mistake != nil {
		return Variable{}, mistake
	}
	if !assigned {
		return Variable{Name: name, Copy: true}, nil
	}
	value, mistake := parseValue(strings.TrimLeft(value, " \t"))
	return Variable{Name: name, Value: value}, mistake
}

func checkName(name string) *Error {
	switch {
	case name == "":
		return &Error{Why: "no name before the =", Hint: "write NAME=VALUE"}
	case strings.ContainsAny(name, " \t\"'"):
		return &Error{Why: "not a variable's name: " + strconv.Quote(name), Hint: "write NAME=VALUE, without blanks or quotes in the name"}
	case strings.Contains(name, "\x00"):
		return nul()
	}
	return nil
}

func nul() *Error {
	return &Error{Why: "a NUL byte, which no variable can hold", Hint: "is this a text file?"}
}

func parseValue(value string) (string, *Error) {
	switch {
	case strings.Contains(value, "\x00"):
		return "", nul()
	case strings.HasPrefix(value, "'"):
		end := strings.IndexByte(value[1:], '\'')
		if end < 0 {
			return "", unterminated("'")
		}
		return value[1 : 1+end], checkRest(value[2+end:])
	case strings.HasPrefix(value, `"`):
		return doubleQuoted(value[1:])
	}
	if strings.HasPrefix(value, "#") {
		return "", nil
	}
	if comment := strings.Index(value, " #"); comment >= 0 {
		value = value[:comment]
	}
	return strings.TrimRight(value, " \t"), nil
}

// doubleQuoted reads up to the closing quote.
func doubleQuoted(s string) (string, *Error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), checkRest(s[i+1:])
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteString(escaped(s[i]))
		default:
			b.WriteByte(s[i])
		}
	}
	return "", unterminated(`"`)
}

func escaped(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case '"', '\\', '$', '`':
		return string(c)
	}
	return string([]byte{'\\', c})
}

func unterminated(quote string) *Error {
	return &Error{Why: "the value's opening quote " + quote + " is never closed", Hint: "close it on the same line; a line break inside double quotes is written \\n"}
}

// checkRest allows blanks and a comment behind a closing quote.
func checkRest(rest string) *Error {
	trimmed := strings.TrimLeft(rest, " \t")
	if trimmed == "" || trimmed[0] == '#' {
		return nil
	}
	return &Error{Why: "text behind the closing quote: " + strconv.Quote(trimmed), Hint: "put the whole value inside the quotes"}
}
