package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

var hostSection = section{
	name: "host", title: "A large launcher, a full host", measure: measureHost,
	how: "Processes of this program start `" + program + "` on order: one holds 10 MB of heap, one 1 GB that was written to; one has a mount " +
		"namespace of its own as the host's, one the same with 1,000 mounts more.",
}

const (
	smallHeap   = 10 << 20
	largeHeap   = 1 << 30
	extraMounts = 1000
)

func measureHost(b *bench) ([]*table, error) {
	heap, err := heapTable(b)
	if err != nil {
		return nil, err
	}
	mounts, err := mountsTable(b)
	return []*table{heap, mounts}, err
}

// way is one way to start the program on order.
type way struct {
	name  string
	order order
	peer  bool
}

func heapTable(b *bench) (*table, error) {
	ways := slices.Concat([]way{{plain, order{Argv: []string{program}}, true}, {cold, order{Library: true}, false}}, pooledWays)
	return pairs(b, &table{Name: "heap", Title: "Start by a launcher with a small and a large heap"}, ways,
		condition{"heap of 10 MB", place{Heap: smallHeap}, nil},
		condition{"heap of 1 GB", place{Heap: largeHeap}, enoughMemory()})
}

func mountsTable(b *bench) (*table, error) {
	ways := []way{
		{plain, order{Argv: []string{program}}, true},
		{command, order{Argv: []string{b.binary, "run", "--", program}}, false},
		{cold, order{Library: true}, false},
		{bwrap, order{Argv: bwrapArgs()}, true},
		{bwrapAs, order{Argv: sameMounts()}, true},
	}
	// Both have a mount namespace of their own, so that they differ in the number alone.
	few := condition{"the host's mounts", place{Mounts: 1}, nil}
	more := condition{"1,000 mounts more", place{Mounts: extraMounts}, nil}
	return pairs(b, &table{Name: "mounts", Title: "Start on a host with few and with many mounts"}, slices.Concat(ways, pooledWays), few, more)
}

// condition is one of the two that a start is compared under; lacks says why it cannot be had.
type condition struct {
	name  string
	place place
	lacks error
}

// pairs measures each way under both conditions, and compares the second with the first.
func pairs(b *bench, t *table, ways []way, usual, other condition) (*table, error) {
	here, there := b.elsewhere(usual.place), b.elsewhere(other.place)
	var subjects []subject
	for _, w := range ways {
		subjects = append(subjects,
			subject{name: w.name + ", " + usual.name, peer: w.peer, run: func() (float64, error) { return here(w.order) }},
			subject{name: w.name + ", " + other.name, peer: w.peer || other.lacks != nil, run: func() (float64, error) {
				if other.lacks != nil {
					return 0, other.lacks
				}
				return there(w.order)
			}})
	}
	t.Unit, t.Bases = inSeconds, []base{{usual.name, func(row string) string {
		name, other := strings.CutSuffix(row, ", "+other.name)
		if !other {
			return ""
		}
		return name + ", " + usual.name
	}}}
	var err error
	t.Rows, t.Absent, err = b.pace(pace{rounds: 100, warmups: 3, limit: 20 * time.Second}).measure(subjects)
	return t, err
}

// enoughMemory is an error where the large heap would push others out.
func enoughMemory() error {
	m, err := kilobytes("/proc/meminfo")
	if free := m["MemAvailable"]; err == nil && free < 2*largeHeap {
		return fmt.Errorf("only %s of memory are free, and it takes twice the heap", inBytes.text(free))
	}
	return err
}
