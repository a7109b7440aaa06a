package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// result is what one user found.
type result struct {
	User  string   `json:"user"`
	Modes []string `json:"modes"`
	Rows  []row    `json:"rows"`
}

// results are those of all users; the classes are the same.
type results []result

// judge is an error when something escaped, or a control failed.
func (all results) judge() error {
	bad := 0
	for _, r := range all {
		for _, line := range r.Rows {
			if line.Control.Verdict == failed && !all.seen(line.N) {
				bad++
				continue
			}
			for _, o := range line.Modes {
				if o.Verdict == escaped || o.Verdict == failed {
					bad++
				}
			}
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d acts escaped, did not run, or had no control that succeeds", bad)
	}
	return nil
}

// seen says whether anybody's control of the class succeeded: some acts only root can do even without walls.
func (all results) seen(n int) bool {
	for _, r := range all {
		for _, line := range r.Rows {
			if line.N == n && line.Control.Verdict == "reached" {
				return true
			}
		}
	}
	return false
}

// text is the table for a terminal, and below it what led to whatever is not contained.
func (all results) text() string {
	var p strings.Builder
	for _, line := range all.grid() {
		fmt.Fprintln(&p, line)
	}
	for _, r := range all {
		for _, line := range r.Rows {
			if line.Control.Verdict == failed && !all.seen(line.N) {
				fmt.Fprintf(&p, "%d as %s: the control: %s: %s\n", line.N, r.User, line.Control.Verdict, line.Control.Detail)
			}
			for _, m := range r.Modes {
				if o := line.Modes[m]; o.Verdict != contained {
					fmt.Fprintf(&p, "%d as %s, %s: %s: %s\n", line.N, r.User, m, o.Verdict, o.Detail)
				}
			}
		}
	}
	return p.String()
}

// grid is the table in Markdown, its columns aligned. A cell has one word when all users found the same.
func (all results) grid() []string {
	rows := [][]string{append([]string{"", "act", "control"}, all[0].Modes...)}
	for i, first := range all[0].Rows {
		cells := []string{fmt.Sprint(first.N), first.Name, all.cell(func(r result) outcome { return r.Rows[i].Control })}
		for _, m := range all[0].Modes {
			cells = append(cells, all.cell(func(r result) outcome { return r.Rows[i].Modes[m] }))
		}
		rows = append(rows, cells)
	}
	return aligned(rows)
}

func (all results) cell(of func(result) outcome) string {
	var words []string
	for _, r := range all {
		words = append(words, of(r).Verdict)
	}
	if len(slices.Compact(slices.Clone(words))) == 1 {
		return words[0]
	}
	return strings.Join(words, " / ")
}

func aligned(rows [][]string) []string {
	widths := make([]int, len(rows[0]))
	for _, cells := range rows {
		for i, cell := range cells {
			widths[i] = max(widths[i], len(cell))
		}
	}
	var lines []string
	for n, cells := range rows {
		line, rule := "|", "|"
		for i, cell := range cells {
			line += fmt.Sprintf(" %-*s |", widths[i], cell)
			rule += strings.Repeat("-", widths[i]+2) + "|"
		}
		lines = append(lines, line)
		if n == 0 {
			lines = append(lines, rule)
		}
	}
	return lines
}

// The marks between which the page is the command's.
const (
	beginMark = "<!-- written by make escape: begin -->"
	endMark   = "<!-- written by make escape: end -->"
)

func (all results) write(page string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no marks to write between", page)
	}
	return os.WriteFile(page, []byte(before+beginMark+"\n\n"+all.page()+"\n"+endMark+after), 0o644)
}

// page is the table, what stops each class, and the reasons of all that is not simply contained or open.
func (all results) page() string {
	var p strings.Builder
	p.WriteString(strings.Join(all.grid(), "\n") + "\n\n### What stops each of them\n\n")
	for _, c := range classes() {
		if c.wall != "" {
			fmt.Fprintf(&p, "%d. %s: %s\n", c.n, c.name, c.wall)
		}
	}
	p.WriteString("\n### Why a cell says n.a. or known gap\n\n")
	for _, line := range all.reasons() {
		p.WriteString("- " + line + "\n")
	}
	return p.String()
}

// reasons are those of the classes, one for each that several modes share.
func (all results) reasons() []string {
	var lines []string
	for i, first := range all[0].Rows {
		where := map[string][]string{}
		var order []string
		for _, r := range all {
			for _, m := range r.Modes {
				o := r.Rows[i].Modes[m]
				if o.Verdict != absent && o.Verdict != known {
					continue
				}
				if where[o.Detail] == nil {
					order = append(order, o.Detail)
				}
				where[o.Detail] = append(where[o.Detail], m)
			}
		}
		for _, why := range order {
			modes := slices.Compact(slices.Sorted(slices.Values(where[why])))
			at := strings.Join(modes, ", ")
			if len(modes) == len(all[0].Modes) {
				at = "everywhere"
			}
			lines = append(lines, fmt.Sprintf("%d, %s: %s", first.N, at, why))
		}
	}
	return lines
}
