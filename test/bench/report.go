package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// report is everything one run found.
type report struct {
	Before   computer `json:"before"`
	After    computer `json:"after"`
	Sections []result `json:"sections"`
}

// result is what one section found.
type result struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	How    string   `json:"how"`
	Tables []*table `json:"tables"`
}

func (r *report) writeJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// plots is the directory of the drawings, beside the page.
const plots = "benchmarks"

// publish writes the page and its drawings.
func (r *report) publish(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, plots), 0o755); err != nil {
		return err
	}
	for _, s := range r.Sections {
		for _, t := range s.Tables {
			if err := os.WriteFile(filepath.Join(dir, plots, t.Name+".svg"), []byte(t.plot()), 0o644); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(dir, "benchmarks.md"), []byte(r.markdown(plots)), 0o644)
}

// oneLine is text fit for a cell of a table.
func oneLine(text string) string {
	words := strings.Join(strings.Fields(text), " ")
	const most = 240
	if runes := []rune(words); len(runes) > most {
		words = string(runes[:most]) + " ..."
	}
	return strings.ReplaceAll(words, "|", `\|`)
}
