package main

import (
	"strings"
	"unicode/utf8"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// columns lays rows out under each other; the last column takes what is left.
// Names may come from strangers, and are made safe to print.
func columns(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i := range row {
			row[i] = cli.OneLine(row[i])
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(strings.TrimRight(line(row, widths), " ") + "\n")
	}
	return b.String()
}

func line(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		b.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
	}
	return b.String()
}
