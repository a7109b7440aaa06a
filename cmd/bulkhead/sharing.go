package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/cmd/bulkhead/proc"
)

// mostNamed is how many processes a list names; the number counts all.
const mostNamed = 32

// namespace is one that the process is in.
type namespace struct {
	Kind string `json:"kind"`
	// Inode is the kernel's number of it, 0 where it may not be read.
	Inode uint64 `json:"inode"`
	// Yours tells that the caller is in it, Init that process 1 is: no wall stands between.
	Yours bool  `json:"yours"`
	Init  *bool `json:"init"`
	// Processes is how many others are in it, as far as they can be looked at; With are the first of them.
	Processes int      `json:"processes"`
	With      []int    `json:"with"`
	Sandboxes []string `json:"sandboxes"`
}

// namespaces compares the process's with everybody's.
func (s *sight) namespaces() []namespace {
	list := []namespace{}
	for _, kind := range proc.Kinds {
		link, ok := s.Process.Namespaces[kind]
		if ok || slices.Contains(s.Unread, kind+" namespace") {
			list = append(list, s.namespace(kind, link))
		}
	}
	return list
}

func (s *sight) namespace(kind, link string) namespace {
	n := namespace{Kind: kind, Inode: inode(link), With: []int{}, Sandboxes: []string{}}
	if link == "" {
		return n
	}
	for _, e := range s.all {
		theirs, known := e.Namespaces[kind]
		same := known && theirs == link
		n.Yours = n.Yours || e.PID == s.self && same
		if e.PID == 1 && known {
			n.Init = &same
		}
		if same && e.PID != s.PID {
			n.add(e.PID)
		}
	}
	for _, box := range s.boxes {
		if e := find(s.all, box.PID); e != nil && e.Namespaces[kind] == link {
			n.Sandboxes = append(n.Sandboxes, box.Name)
		}
	}
	return n
}

func (n *namespace) add(pid int) {
	n.Processes++
	if len(n.With) < mostNamed {
		n.With = append(n.With, pid)
	}
}

// inode is the number in "net:[4026531840]".
func inode(link string) uint64 {
	_, number, _ := strings.Cut(link, "[")
	n, _ := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 64)
	return n
}

// whose says in words whose namespace it is.
func (n *namespace) whose() string {
	init := n.Init != nil && *n.Init
	switch {
	case n.Inode == 0:
		return "may not be read"
	case n.Yours && init:
		return "yours and that of process 1"
	case n.Yours:
		return "yours"
	case init:
		return "that of process 1"
	case n.Init == nil:
		return "not yours"
	}
	return "new: neither yours nor that of process 1"
}

// company says with whom it is shared.
func (n *namespace) company() string {
	if n.Inode == 0 {
		return ""
	}
	var parts []string
	if len(n.Sandboxes) > 0 {
		parts = append(parts, "sandbox "+strings.Join(n.Sandboxes, ", "))
	}
	switch {
	case n.Processes == 0:
		parts = append(parts, "no other process")
	case n.Processes <= 6 && !n.Yours:
		parts = append(parts, "with "+numberList(n.With))
	default:
		parts = append(parts, "with "+strconv.Itoa(n.Processes)+" other processes")
	}
	return strings.Join(parts, "; ")
}

func numberList(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ", ")
}
