package main

import (
	_ "embed"
	"fmt"
	"strings"
)

// The parts of the pages that are written by hand.
//
//go:embed spec.md
var referenceText string

//go:embed profiles.md
var profilesText string

const generated = "<!-- Made by go generate ./spec from the comments in spec/ and the texts in spec/internal/schemagen. -->\n\n"

// reference is spec.md: the text, then one table a struct in the order in which a reader meets them.
func reference(s *sources) ([]byte, error) {
	var b strings.Builder
	b.WriteString(generated + referenceText)
	fmt.Fprintf(&b, "\n## Keys\n")
	for _, name := range s.readingOrder("Spec") {
		s.table(&b, s.structs[name])
	}
	b.WriteString("\n## Protections\n\nWhat `allow_drop` may name. Everything else is never given up.\n\n| name | what is missing without it |\n|---|---|\n")
	for _, c := range s.constants["Protection"] {
		_, meaning, _ := strings.Cut(c.doc, " ")
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.value, cell(meaning))
	}
	b.WriteString("\n## Result\n\nWhat `--json-file` and `--json-fd` write when the sandbox has ended.\n")
	for _, name := range s.readingOrder("Result") {
		s.table(&b, s.structs[name])
	}
	return []byte(b.String()), nil
}

// readingOrder lists a struct and the ones in it, each before what it holds.
func (s *sources) readingOrder(root string) []string {
	order := []string{root}
	for i := 0; i < len(order); i++ {
		for _, f := range s.structs[order[i]].fields {
			name := strings.TrimPrefix(f.kind, "[]")
			if s.structs[name] != nil && !contains(order, name) {
				order = append(order, name)
			}
		}
	}
	return order
}

func contains(list []string, name string) bool {
	for _, l := range list {
		if l == name {
			return true
		}
	}
	return false
}

func (s *sources) table(b *strings.Builder, t *structType) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n| key | form | meaning |\n|---|---|---|\n", t.name, t.doc)
	for _, f := range t.fields {
		meaning := cell(f.doc)
		if f.with != "" {
			meaning = "see `" + f.with + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", f.key, s.form(f.kind), meaning)
	}
}

// form names a Go type for readers who write files.
func (s *sources) form(kind string) string {
	if item, ok := strings.CutPrefix(kind, "[]"); ok {
		return "list of " + s.form(item)
	}
	if s.structs[kind] != nil {
		return "[" + kind + "](#" + strings.ToLower(kind) + ")"
	}
	if name, ok := formNames[kind]; ok {
		return name
	}
	return kind
}

var formNames = map[string]string{
	"string": "text", "bool": "true or false", "int": "number", "int64": "count", "uint16": "number", "uint32": "number", "float64": "number",
	"Size": "size", "Duration": "duration", "FileMode": "mode", "Capability": "capability", "Namespace": "namespace", "Protection": "protection",
	"RootKind": "word", "MountType": "word", "Status": "word", "LimitKind": "word",
	"map[string]string": "mapping of text", "map[string]Size": "mapping of sizes or counts",
}

// cell makes a comment fit into a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\n", "<br>"), "|", `\|`)
}
