package terminal

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Sanitize returns s as it can be shown on a terminal, on one line of a table:
// control characters (C0, DEL and C1), and bytes that are not UTF-8, become \xNN;
// characters without a shape of their own (direction marks, zero-width ones,
// line separators) become \uNNNN or \UNNNNNNNN. So no escape sequence survives,
// and a name cannot pose as another. Backslashes stay as they are.
func Sanitize(s string) string {
	safe := safePrefix(s)
	if safe == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:safe])
	for rest := s[safe:]; rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		writeSafe(&b, r, rest[:n])
		rest = rest[n:]
	}
	return b.String()
}

// safePrefix is the number of leading bytes that need no change.
func safePrefix(s string) int {
	for i, r := range s {
		if !strconv.IsPrint(r) || r == utf8.RuneError {
			return i
		}
	}
	return len(s)
}

func writeSafe(b *strings.Builder, r rune, raw string) {
	switch {
	case r == utf8.RuneError && len(raw) == 1, r < 0x20, r == 0x7f:
		fmt.Fprintf(b, `\x%02x`, raw[0])
	case strconv.IsPrint(r):
		b.WriteString(raw)
	case r < 0xa0:
		fmt.Fprintf(b, `\x%02x`, r)
	case r > 0xffff:
		fmt.Fprintf(b, `\U%08x`, r)
	default:
		fmt.Fprintf(b, `\u%04x`, r)
	}
}
