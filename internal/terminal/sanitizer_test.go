package terminal

import (
	"bytes"
	"strings"
	"testing"
)

var sanitized = []struct{ in, want string }{
	{"", ""},
	{"plain ünï\n\ttabbed\r\nnext\n", "plain ünï\n\ttabbed\r\nnext\n"},
	{"\x1b[31mred\x1b[0m\n", `\x1b[31mred\x1b[0m` + "\n"},
	{"over\rwritten", `over\x0dwritten`},
	{"\r\r\n\r", `\x0d` + "\r\n" + `\x0d`},
	{"\xff\xc3\n\xe2\x82", `\xff\xc3` + "\n" + `\xe2\x82`},
	{"€ \u202e\u009b", `€ \u202e\x9b`},
	{"\a\b\x7f\x00", `\x07\x08\x7f\x00`},
}

// However a stream is cut, the same comes out.
func TestSanitizer(t *testing.T) {
	for _, c := range sanitized {
		for size := 1; size <= len(c.in)+1; size++ {
			var out bytes.Buffer
			s := NewSanitizer(&out)
			for rest := []byte(c.in); len(rest) > 0; {
				n := min(size, len(rest))
				if wrote, err := s.Write(rest[:n]); wrote != n || err != nil {
					t.Fatal(wrote, err)
				}
				rest = rest[n:]
			}
			if err := s.Close(); err != nil || out.String() != c.want {
				t.Errorf("%q in pieces of %d: %q, want %q (%v)", c.in, size, out.String(), c.want, err)
			}
		}
	}
}

func FuzzSanitizer(f *testing.F) {
	for _, c := range sanitized {
		f.Add([]byte(c.in), 1)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		var whole, parts bytes.Buffer
		one, two := NewSanitizer(&whole), NewSanitizer(&parts)
		one.Write(text)
		one.Close()
		at := min(max(cut, 0), len(text))
		two.Write(text[:at])
		two.Write(text[at:])
		two.Close()
		if whole.String() != parts.String() {
			t.Errorf("%q cut at %d: %q and %q", text, at, whole.String(), parts.String())
		}
		left := strings.NewReplacer("\r\n", "", "\n", "", "\t", "").Replace(whole.String())
		if Sanitize(left) != left {
			t.Errorf("%q became %q", text, whole.String())
		}
	})
}
