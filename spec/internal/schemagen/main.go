// Schemagen writes what is known of package spec's types down for people and
// for editors: spec.md, profiles.md and spec.schema.json in the directory named.
// Run it by go generate ./spec.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: schemagen DIRECTORY")
		os.Exit(2)
	}
	if err := write(".", os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

// document is one file that is made from the sources.
type document struct {
	name string
	make func(*sources) ([]byte, error)
}

var documents = []document{
	{"spec.schema.json", schema},
	{"spec.md", reference},
	{"profiles.md", profiles},
}

// write makes all documents from the package in one directory into another.
func write(from, into string) error {
	src, err := load(from)
	if err != nil {
		return err
	}
	for _, d := range documents {
		text, err := d.make(src)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		if err := os.WriteFile(filepath.Join(into, d.name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
