package main

import (
	"github.com/bulkhead/bulkhead/cmd/bulkhead/proc"
	"github.com/bulkhead/bulkhead/sandbox"
)

// process is a node of a tree.
type process struct {
	PID    int `json:"pid"`
	Parent int `json:"-"`
	// Numbers are its numbers from this pid namespace inwards; proc_pid_status(5), NSpid.
	Numbers []int  `json:"numbers"`
	Command string `json:"command"`
	// Sandbox is the name of the one whose first process it is.
	Sandbox string `json:"sandbox,omitempty"`
	// PIDNamespace is the kernel's number, 0 where it may not be read.
	PIDNamespace uint64    `json:"pid_namespace"`
	Children     []process `json:"children,omitempty"`
}

// forest is all processes, found by number and by parent.
type forest struct {
	all      []process
	place    map[int]int   // of a number, in all
	children map[int][]int // of a parent, places in all
}

// readForest reads all processes that /proc shows.
func readForest(boxes []sandbox.Info) *forest {
	names := map[int]string{}
	for _, box := range boxes {
		names[box.PID] = box.Name
	}
	var all []process
	for _, e := range proc.Host.List("pid") { // whose namespace cannot be read shows among descendants only
		all = append(all, process{
			PID: e.PID, Parent: e.Parent, Numbers: e.Numbers, Command: shownCommand(e.Words, e.Name),
			Sandbox: names[e.PID], PIDNamespace: inode(e.Namespaces["pid"]),
		})
	}
	return plant(all)
}

func plant(all []process) *forest {
	f := &forest{all: all, place: map[int]int{}, children: map[int][]int{}}
	for i, p := range all {
		f.place[p.PID] = i
		if p.Parent != p.PID {
			f.children[p.Parent] = append(f.children[p.Parent], i)
		}
	}
	return f
}

// grow is the process with all its descendants. A number that is used again
// while the list is read must not make a circle: each is shown once.
func (f *forest) grow(p process, shown map[int]bool) process {
	shown[p.PID] = true
	for _, i := range f.children[p.PID] {
		if !shown[f.all[i].PID] {
			p.Children = append(p.Children, f.grow(f.all[i], shown))
		}
	}
	return p
}

// find is the process of that number, if there is one.
func (f *forest) find(pid int) (process, bool) {
	i, ok := f.place[pid]
	if !ok {
		return process{}, false
	}
	return f.all[i], true
}
