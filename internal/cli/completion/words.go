package completion

import (
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// valued returns the command's flags that take a value.
func valued(c *cli.Command) []*cli.Flag {
	var list []*cli.Flag
	for i := range c.Groups {
		for j := range c.Groups[i].Flags {
			if f := &c.Groups[i].Flags[j]; f.Arg != "" {
				list = append(list, f)
			}
		}
	}
	return list
}

func names(commands []*cli.Command) []string {
	var list []string
	for _, c := range commands {
		list = append(list, c.Name)
	}
	return list
}

// single quotes s for a POSIX shell and for zsh.
func single(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// text is a description without the back quotes that mark code.
func text(s string) string { return strings.ReplaceAll(s, "`", "") }

// commandWord says which of a command's words, from 1 on, begins a command line
// of its own: the one before those that may be repeated. 0 means none.
func commandWord(c *cli.Command) int {
	for i, a := range c.Args {
		if c.OptionsFirst && a.Repeat {
			return i
		}
	}
	return 0
}
