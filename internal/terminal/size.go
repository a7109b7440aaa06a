package terminal

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Size is how many characters a terminal shows.
type Size struct{ Columns, Rows uint16 }

// unknownSize is given to a program when nobody watches: programs divide by it.
var unknownSize = Size{Columns: 80, Rows: 24}

// IsTerminal reports whether f is a terminal. A nil or closed file is none.
func IsTerminal(f *os.File) bool {
	if f == nil {
		return false
	}
	_, err := unix.IoctlGetTermios(descriptor(f), unix.TCGETS)
	return err == nil
}

// SizeOf returns the size of the first of files that is a terminal with a
// known size, and whether there is one.
func SizeOf(files ...*os.File) (Size, bool) {
	for _, f := range files {
		if f == nil {
			continue
		}
		w, err := unix.IoctlGetWinsize(descriptor(f), unix.TIOCGWINSZ)
		if err == nil && w.Col > 0 && w.Row > 0 {
			return Size{w.Col, w.Row}, true
		}
	}
	return unknownSize, false
}

// Resize sets the size of the terminal that f is either side of; the kernel
// tells the program in its foreground by SIGWINCH.
func Resize(f *os.File, s Size) error {
	w := unix.Winsize{Col: s.Columns, Row: s.Rows}
	if err := unix.IoctlSetWinsize(descriptor(f), unix.TIOCSWINSZ, &w); err != nil {
		return fmt.Errorf("resize terminal %s to %dx%d: %w", f.Name(), s.Columns, s.Rows, err)
	}
	return nil
}

// descriptor is f's number, without the change to blocking mode that f.Fd makes.
// The caller keeps f open.
func descriptor(f *os.File) int {
	fd := -1
	conn, err := f.SyscallConn()
	if err == nil {
		_ = conn.Control(func(n uintptr) { fd = int(n) })
	}
	return fd
}
