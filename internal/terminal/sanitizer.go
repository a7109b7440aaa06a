package terminal

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// Sanitizer passes a stream of text on as Sanitize shows it, but keeps line
// feeds, with or without a carriage return, and tabs. Close passes on what may be
// half a character until then; it leaves the writer behind open.
type Sanitizer struct {
	to   io.Writer
	rest []byte
}

// NewSanitizer makes a Sanitizer in front of w.
func NewSanitizer(w io.Writer) *Sanitizer { return &Sanitizer{to: w} }

// Write passes all of b on that is certain, and says that it has taken all of it.
func (s *Sanitizer) Write(b []byte) (int, error) {
	text := append(s.rest, b...)
	end := len(text) - undecided(text)
	err := s.pass(text[:end])
	s.rest = append([]byte(nil), text[end:]...)
	if err != nil {
		return 0, err
	}
	return len(b), nil
}

// Close passes on what is left.
func (s *Sanitizer) Close() error {
	rest := s.rest
	s.rest = nil
	return s.pass(rest)
}

func (s *Sanitizer) pass(text []byte) error {
	var out []byte
	for len(text) > 0 {
		i := bytes.IndexAny(text, "\n\t")
		if i < 0 {
			out = append(out, Sanitize(string(text))...)
			break
		}
		plain := text[:i]
		if text[i] == '\n' {
			plain = bytes.TrimSuffix(plain, []byte("\r"))
		}
		out = append(append(append(out, Sanitize(string(plain))...), text[len(plain):i]...), text[i])
		text = text[i+1:]
	}
	if len(out) == 0 {
		return nil
	}
	_, err := s.to.Write(out)
	return err
}

// undecided is how many bytes at the end mean one thing or another by what follows.
func undecided(text []byte) int {
	if bytes.HasSuffix(text, []byte("\r")) {
		return 1
	}
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if start := text[len(text)-n:]; utf8.RuneStart(start[0]) {
			if utf8.FullRune(start) {
				return 0
			}
			return n
		}
	}
	return 0
}
