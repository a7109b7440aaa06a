package terminal

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSanitize(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"plain name_1.txt", "plain name_1.txt"},
		{"ünï 漢字 🙂 é", "ünï 漢字 🙂 é"},
		{"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"\x1b]0;title\x07", `\x1b]0;title\x07`},
		{"a\tb\nc\rd\x00", `a\x09b\x0ac\x0dd\x00`},
		{"\x7f", `\x7f`},
		{"\u009b31m", `\x9b31m`},                   // C1 as UTF-8
		{"\x9b31m\xff\xc3", `\x9b31m\xff\xc3`},     // C1 and rubbish as bytes
		{"a\u202egnp.exe", `a\u202egnp.exe`},       // right-to-left override
		{"a\u200bb\u2028", `a\u200bb\u2028`},       // invisible, line separator
		{"\U000e0041", `\U000e0041`},               // tag character
		{"\ufffd", "\ufffd"},                       // a replacement character that was there
		{"ok\ufffdok\x01", "ok\ufffdok\\x01"},      //
		{`C:\new\x1b`, `C:\new\x1b`},               // backslashes stay
		{"\xed\xa0\x80", `\xed\xa0\x80`},           // surrogate
		{"nbsp\u00a0", `nbsp\u00a0`},               //
		{"half \xf0\x9f\x99", `half \xf0\x9f\x99`}, // cut in the middle
	}
	for _, test := range tests {
		if got := Sanitize(test.in); got != test.want {
			t.Errorf("Sanitize(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func FuzzSanitize(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x1b[2J", "\u009b", "\xff\xfe", "\u202e", "🙂", "\ufffd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Sanitize(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		for _, r := range got {
			if r < 0x20 || r >= 0x7f && r < 0xa0 {
				t.Fatalf("%q holds a control character", got)
			}
		}
		if Sanitize(got) != got {
			t.Fatalf("%q changes again", got)
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError }) {
			return
		}
		if safePrefix(s) == len(s) && got != s {
			t.Fatalf("%q was changed to %q", s, got)
		}
	})
}
