package terminal

import (
	"io"
	"os"
)

// sameSink reports whether two sinks are one: equal values, or one file.
func sameSink(a, b io.Writer) bool {
	f, ok := a.(*os.File)
	g, ok2 := b.(*os.File)
	if !ok || !ok2 || f == nil || g == nil {
		return equal(a, b)
	}
	s, err := f.Stat()
	t, err2 := g.Stat()
	return err == nil && err2 == nil && os.SameFile(s, t)
}

// equal is a == b, and false for types that Go cannot compare.
func equal(a, b io.Writer) bool {
	defer func() { _ = recover() }()
	return a == b
}
