package seccomp

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a mistake in a policy's text.
type Error struct {
	At Position
	// Message says what is wrong and what to write instead.
	Message string
}

func (e *Error) Error() string { return e.At.String() + ": " + e.Message }

// failure makes an error at a place.
func failure(at Position, format string, args ...any) error {
	return &Error{at, shortened(fmt.Sprintf(format, args...))}
}

// shortened leaves out the middle of a message that repeats a very long word.
func shortened(message string) string {
	const head, tail = 300, 200
	if len(message) <= 800 {
		return message
	}
	return strings.ToValidUTF8(message[:head], "") + " ... " + strings.ToValidUTF8(message[len(message)-tail:], "")
}

// token is a word, a number or a sign.
type token struct {
	text string
	kind tokenKind
	at   Position
}

type tokenKind uint8

const (
	wordToken tokenKind = iota
	numberToken
	groupToken // @name
	signToken
	endToken
)

// String shows the token in an error.
func (t token) String() string {
	if t.kind == endToken {
		return "the end of the rule"
	}
	return fmt.Sprintf("%q", t.text)
}

// statement is a line with the indented lines that continue it. It ends in an endToken.
type statement []token

// statements cuts a text into statements.
func statements(file, text string) ([]statement, error) {
	var list []statement
	for i, line := range strings.Split(text, "\n") {
		tokens, err := tokensOf(Position{file, i + 1, 1}, strings.TrimSuffix(line, "\r"))
		if err != nil {
			return nil, err
		}
		if len(tokens) == 0 {
			continue
		}
		indented := line[0] == ' ' || line[0] == '\t'
		switch {
		case !indented:
			list = append(list, tokens)
		case len(list) == 0:
			return nil, failure(tokens[0].at, "this line is indented, so it continues a rule, but none is above it")
		default:
			list[len(list)-1] = append(list[len(list)-1], tokens...)
		}
	}
	for i, s := range list {
		end := s[len(s)-1]
		end.at.Col += len(end.text)
		list[i] = append(s, token{"", endToken, end.at})
	}
	return list, nil
}

// tokensOf cuts one line; a comment runs from # to its end.
func tokensOf(at Position, line string) ([]token, error) {
	if !utf8.ValidString(line) {
		return nil, failure(at, "this line is not text in UTF-8")
	}
	tokens := make([]token, 0, len(line)/8)
	for rest := line; ; {
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" || rest[0] == '#' {
			return tokens, nil
		}
		at.Col = len(line) - len(rest) + 1
		t := token{at: at}
		t.text, t.kind = cut(rest)
		if t.text == "" {
			r, _ := utf8.DecodeRuneInString(rest)
			return nil, failure(at, "%q is no part of the policy language", r)
		}
		tokens = append(tokens, t)
		rest = rest[len(t.text):]
	}
}

// cut takes the first token off a line.
func cut(rest string) (string, tokenKind) {
	switch c := rest[0]; {
	case c == '"':
		if end := strings.IndexByte(rest[1:], '"'); end >= 0 {
			return rest[:end+2], wordToken
		}
	case c >= '0' && c <= '9':
		return prefix(rest, isWordByte), numberToken
	case isWordByte(c) || c == '/' || c == '.':
		return prefix(rest, isPathByte), wordToken
	case c == '@':
		return "@" + prefix(rest[1:], isPathByte), groupToken
	}
	for _, sign := range [...]string{"&&", "||", "==", "!=", "<=", ">="} {
		if strings.HasPrefix(rest, sign) {
			return sign, signToken
		}
	}
	if strings.IndexByte("()<>&|!~=,-", rest[0]) >= 0 {
		return rest[:1], signToken
	}
	return "", signToken
}

// prefix is the longest beginning whose bytes all satisfy the test.
func prefix(s string, test func(byte) bool) string {
	for i := range len(s) {
		if !test(s[i]) {
			return s[:i]
		}
	}
	return s
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// isPathByte tells the bytes of a word, which may be a file's name or a group's.
func isPathByte(c byte) bool { return isWordByte(c) || c == '-' || c == '.' || c == '/' || c == '+' }
