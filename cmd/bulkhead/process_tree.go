package main

import (
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// sandboxTree is a sandbox's processes, or those of a pid namespace that is no
// sandbox of the user's: then it has no name.
type sandboxTree struct {
	Name         string    `json:"name"`
	Launcher     int       `json:"launcher"`
	PIDNamespace uint64    `json:"pid_namespace"`
	Processes    []process `json:"processes"`
}

// trees draws each process once: a sandbox that runs inside another is in that one's tree.
func (f *forest) trees(list []sandbox.Info) []sandboxTree {
	trees := make([]sandboxTree, 0, len(list))
	within := map[int]bool{}
	for _, info := range list {
		first, _ := f.find(info.PID)
		shown := map[int]bool{}
		t := sandboxTree{Name: info.Name, Launcher: info.Launcher, PIDNamespace: first.PIDNamespace, Processes: f.treeOf(info.PID, info.Spec.Namespaces.PID, shown)}
		delete(shown, info.PID)
		for pid := range shown {
			within[pid] = true
		}
		trees = append(trees, t)
	}
	kept := trees[:0]
	for i, t := range trees {
		if !within[list[i].PID] {
			kept = append(kept, t)
		}
	}
	return kept
}

// treeOf finds the processes of the sandbox whose first process is root: its
// descendants and, where it is process 1 of a pid namespace, those that exec or
// another sandbox has put into that, whose parents are outside.
func (f *forest) treeOf(root int, ns spec.Namespace, shown map[int]bool) []process {
	var tops []process
	space := uint64(0)
	if p, ok := f.find(root); ok {
		tops = append(tops, f.grow(p, shown))
		if ns.IsNew() {
			space = p.PIDNamespace
		}
	}
	for _, p := range f.all {
		if space != 0 && p.PIDNamespace == space && !shown[p.PID] && f.entered(p) {
			tops = append(tops, f.grow(p, shown))
		}
	}
	return tops
}

// entered reports whether its parent is in another pid namespace.
func (f *forest) entered(p process) bool {
	parent, ok := f.find(p.Parent)
	return !ok || parent.PIDNamespace != p.PIDNamespace || len(parent.Numbers) != len(p.Numbers)
}

// strangers are the trees of nested pid namespaces that are in none of those drawn.
func (f *forest) strangers(drawn []sandboxTree) []sandboxTree {
	shown := map[int]bool{}
	for _, t := range drawn {
		mark(t.Processes, shown)
	}
	var trees []sandboxTree
	for _, p := range f.all {
		parent, _ := f.find(p.Parent)
		if top := len(p.Numbers) > 1 && len(parent.Numbers) < len(p.Numbers); top && !shown[p.PID] {
			trees = append(trees, sandboxTree{Launcher: p.Parent, PIDNamespace: p.PIDNamespace, Processes: []process{f.grow(p, shown)}})
		}
	}
	return trees
}

func mark(list []process, shown map[int]bool) {
	for _, p := range list {
		shown[p.PID] = true
		mark(p.Children, shown)
	}
}

// treeText draws the trees. A process is shown with its number on each level,
// from here inwards.
func treeText(trees []sandboxTree) string {
	if len(trees) == 0 {
		return "no sandbox is running\n"
	}
	var b strings.Builder
	for _, t := range trees {
		b.WriteString(t.title() + "\n")
		drawAll(&b, t.Processes, 0, "")
	}
	return b.String()
}

func (t *sandboxTree) title() string {
	if t.Name != "" {
		return t.Name + "  (launcher " + strconv.Itoa(t.Launcher) + ")"
	}
	return "pid namespace " + space(t.PIDNamespace) + "  (no sandbox of yours; from " + strconv.Itoa(t.Launcher) + ")"
}

func space(inode uint64) string {
	if inode == 0 {
		return "unreadable"
	}
	return strconv.FormatUint(inode, 10)
}

// drawAll draws the children of one process, which has numbers on so many levels; 0 where the title says it.
func drawAll(b *strings.Builder, list []process, level int, indent string) {
	for i, p := range list {
		branch, below := "├─ ", "│  "
		if i == len(list)-1 {
			branch, below = "└─ ", "   "
		}
		b.WriteString(indent + branch + numbers(p.Numbers) + "  " + p.beginning(level) + cli.OneLine(shorten(p.Command)) + "\n")
		drawAll(b, p.Children, len(p.Numbers), indent+below)
	}
}

// beginning says what begins with a process: a sandbox, or a pid namespace.
func (p *process) beginning(level int) string {
	switch {
	case level == 0:
		return ""
	case p.Sandbox != "":
		return "[sandbox " + cli.OneLine(p.Sandbox) + "] "
	case len(p.Numbers) > level:
		return "[pid namespace " + space(p.PIDNamespace) + "] "
	}
	return ""
}

// numbers joins them with the sign for "inside".
func numbers(list []int) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, " > ")
}
