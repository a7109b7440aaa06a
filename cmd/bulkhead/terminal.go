package main

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cli"
)

func isTerminal(f *os.File) bool {
	if f == nil {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// noTerminal refuses what would lose the program's output.
func noTerminal(wanted bool) error {
	if !wanted {
		return nil
	}
	return &cli.Error{Text: "a terminal of its own cannot be joined to yours yet", Hint: "leave -t out, or add -T to a profile that asks for one"}
}
