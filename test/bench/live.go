package main

import (
	"fmt"
	"strings"
)

const (
	// many is how many sandboxes live at once.
	many = 1000
	// tenth is how many starts make one row.
	tenth = many / 10
)

var liveSection = section{
	name: "live", title: "1,000 live sandboxes", measure: measureLive,
	how: "One process starts 1,000 times `" + strings.Join(idle, " ") + "`, plainly and then in sandboxes, and looks at /proc/meminfo before and after. " +
		"Memory is what is in use without caches of files, by the number of programs. The end is kill and wait for all of them, by their number. " +
		"Rows have few figures, one a round: without others on the machine they hardly differ.",
}

// The rows with the first starts and with the last.
const (
	firstTenth = "sandboxes 1 to 100"
	lastTenth  = "sandboxes 901 to 1000"
)

func measureLive(b *bench) ([]*table, error) {
	var plains, boxes []crowd
	for range b.pace(pace{rounds: 3}).rounds {
		p, err := gather(many, plainMember)
		if err != nil {
			return nil, fmt.Errorf("plain programs: %w", err)
		}
		c, err := gather(many, boxedMember)
		if err != nil {
			return nil, fmt.Errorf("sandboxes: %w", err)
		}
		plains, boxes = append(plains, p), append(boxes, c)
	}
	peaks, err := peaksTable(b)
	idle := compared("live-idle", "Processor time of the launcher for each idle one, in a second", plains, boxes, func(c crowd) float64 { return c.idle })
	idle.Bases = nil // by next to nothing
	return []*table{
		startsTable(plains, boxes), idle,
		compared("live-end", "The end of one of 1,000", plains, boxes, func(c crowd) float64 { return c.end }),
		memoryTable(plains, boxes), peaks,
	}, err
}

func startsTable(plains, boxes []crowd) *table {
	t := &table{
		Name: "live-start", Title: "A start while others live", Unit: inSeconds, Bases: []base{{"the first 100", firstOf}},
		Budgets: []budget{{Row: lastTenth, Base: "the first 100", Most: 1.25}},
	}
	for at := 0; at < many; at += tenth {
		t.Rows = append(t.Rows, &series{Name: fmt.Sprintf("sandboxes %d to %d", at+1, at+tenth), Ours: true, Values: startsFrom(boxes, at)})
	}
	for _, at := range []int{0, many - tenth} {
		t.Rows = append(t.Rows, &series{Name: fmt.Sprintf("plain programs %d to %d", at+1, at+tenth), Values: startsFrom(plains, at)})
	}
	return t
}

// firstOf is the row of the same kind with the first starts.
func firstOf(row string) string {
	if strings.HasPrefix(row, "sandboxes") {
		return firstTenth
	}
	return "plain programs 1 to 100"
}

func startsFrom(crowds []crowd, at int) []float64 {
	var found []float64
	for _, c := range crowds {
		found = append(found, c.starts[at:at+tenth]...)
	}
	return found
}

// compared is a table of one figure of each crowd, the plain programs first.
func compared(name, title string, plains, boxes []crowd, of func(crowd) float64) *table {
	return &table{
		Name: name, Title: title, Unit: inSeconds, Bases: []base{always("plain programs", "plain programs")},
		Rows: []*series{{Name: "plain programs", Values: each(plains, of)}, {Name: "sandboxes", Ours: true, Values: each(boxes, of)}},
	}
}

func each(crowds []crowd, of func(crowd) float64) []float64 {
	var found []float64
	for _, c := range crowds {
		found = append(found, of(c))
	}
	return found
}
