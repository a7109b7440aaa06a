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
			}
		}
	}
	all.each(func(_ int, _ string, o outcome) {
		if o.Verdict == escaped || o.Verdict == failed {
			bad++
		}
	})
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
		cells := []string{fmt.Sprint(first.N), first.Name, all.cell(func(r result) outcome { return all.control(r.Rows[i]) })}
		for _, m := range all[0].Modes {
			cells = append(cells, all.cell(func(r result) outcome { return r.Rows[i].Modes[m] }))
		}
		rows = append(rows, cells)
	}
	return aligned(rows)
}

// control is that of a row; where it failed for one user and not for another, it is only shown to be the other's.
func (all results) control(r row) outcome {
	if r.Control.Verdict == failed && all.seen(r.N) {
		return outcome{Verdict: "not as user"}
	}
	return r.Control
}

func (all results) cell(of func(result) outcome) string {
	var words []string
	for _, r := range all {
		if o := of(r); o.Verdict != "" { // not every user tries every mode
			words = append(words, o.Verdict)
		}
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

// reasons are all that stand behind such cells, each once, with the modes and the classes that it is for.
func (all results) reasons() []string {
	modes, numbers := map[string][]string{}, map[string][]string{}
	var order []string
	all.each(func(n int, mode string, o outcome) {
		if o.Verdict != absent && o.Verdict != known {
			return
		}
		if modes[o.Detail] == nil {
			order = append(order, o.Detail)
		}
		modes[o.Detail] = append(modes[o.Detail], mode)
		numbers[o.Detail] = append(numbers[o.Detail], fmt.Sprint(n))
	})
	var lines []string
	for _, why := range order {
		at, which := slices.Compact(slices.Sorted(slices.Values(modes[why]))), slices.Compact(numbers[why])
		where := strings.Join(at, ", ")
		if len(at) == len(all[0].Modes) {
			where = "everywhere"
		}
		classes := strings.Join(which, ", ")
		if len(which) > 20 {
			classes = "most"
		}
		lines = append(lines, fmt.Sprintf("%s, %s: %s", classes, where, why))
	}
	return lines
}

// each calls f for every cell, class by class.
func (all results) each(f func(n int, mode string, o outcome)) {
	for i, first := range all[0].Rows {
		for _, r := range all {
			for _, m := range r.Modes {
				f(first.N, m, r.Rows[i].Modes[m])
			}
		}
	}
}
