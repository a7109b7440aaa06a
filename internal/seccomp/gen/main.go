// Command gen writes the generated files of package seccomp: the tables of
// system calls and constants, from golang.org/x/sys/unix, and the built-in
// policies as ready programs.
//
//	go run ./gen tables
//	go run ./gen programs
//
// A test holds the committed files to what this prints.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	for _, what := range args {
		made, err := generate(what)
		if err != nil {
			return err
		}
		for name, content := range made {
			if err := os.WriteFile(name, content, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// generate returns the files of one kind by name.
func generate(what string) (map[string][]byte, error) {
	switch what {
	case "tables":
		return tables()
	case "programs":
		return programs()
	}
	return nil, fmt.Errorf("%q is not a kind of generated file: want tables or programs", what)
}
