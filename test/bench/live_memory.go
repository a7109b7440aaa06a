package main

import (
	"slices"
	"time"
)

// The names of rows with a budget.
const (
	beyond   = "sandbox, beyond the program"
	resident = "of it ours: launcher and init"
)

func memoryTable(plains, boxes []crowd) *table {
	t := &table{
		Name: "live-memory", Title: "Memory for each of 1,000", Unit: inBytes,
		Budgets: []budget{{Row: beyond, Most: 300 << 10}, {Row: resident, Most: 64 << 10}},
	}
	all := func(c crowd) float64 { return c.grown.all }
	t.add("plain program", false, each(plains, all))
	t.add("sandbox with the program", true, each(boxes, all))
	t.addParts(plains, boxes)
	t.addOwn(boxes)
	return t
}

func (t *table) add(name string, ours bool, values []float64) {
	t.Rows = append(t.Rows, &series{Name: name, Ours: ours, Values: values})
}

// addParts says what a sandbox has more than a plain program has, in all and by kind.
func (t *table) addParts(plains, boxes []crowd) {
	for _, part := range []struct {
		name string
		of   func(memory) float64
	}{
		{beyond, func(m memory) float64 { return m.all }},
		{"of it slabs of the kernel", func(m memory) float64 { return m.slab }},
		{"of it page tables", func(m memory) float64 { return m.pageTables }},
		{"of it kernel stacks", func(m memory) float64 { return m.stacks }},
		{"of it memory by processor", func(m memory) float64 { return m.percpu }},
	} {
		var more []float64
		for i := range boxes {
			more = append(more, part.of(boxes[i].grown)-part.of(plains[i].grown))
		}
		t.add(part.name, true, more)
	}
}

// addOwn says what the launcher and init hold.
func (t *table) addOwn(boxes []crowd) {
	t.add("of it the launcher's", true, each(boxes, func(c crowd) float64 { return c.grown.own }))
	first := each(boxes, func(c crowd) float64 { return c.first })
	if slices.Min(first) == 0 {
		t.Absent = append(t.Absent, missing{resident, "this user may not read the memory of init"})
		return
	}
	t.add("of it init's", true, first)
	t.add(resident, true, each(boxes, func(c crowd) float64 { return c.grown.own + c.first }))
}

// peaksTable measures the commands, of which one waits for each program.
func peaksTable(b *bench) (*table, error) {
	bwrap := bwrapArgs()
	bwrap[len(bwrap)-1] = "/bin/cat"
	t := &table{Name: "peak", Title: "Peak memory of the command", Unit: inBytes, Budgets: []budget{{Row: command, Most: 8 << 20}}}
	var err error
	t.Rows, t.Absent, err = b.pace(pace{rounds: 10, limit: 10 * time.Second}).measure([]subject{
		{name: command, run: func() (float64, error) { return peakOf(b.binary, "run", "--", "/bin/cat") }},
		{name: "bwrap", peer: true, run: func() (float64, error) { return peakOf(bwrap...) }},
	})
	return t, err
}
