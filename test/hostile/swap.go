package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// swap exchanges two names with each other, for ever: for a moment each path
// is a directory, for the next a link to somewhere else.
func swap(args []string) int {
	a, b := text(args, 0, ""), text(args, 1, "")
	fmt.Println("begun")
	for {
		if err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE); err != nil {
			fmt.Fprintln(os.Stderr, "hostile: exchange", a, "and", b+":", err)
			return 1
		}
	}
}
