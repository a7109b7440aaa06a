package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// sandboxTree is a sandbox's processes.
type sandboxTree struct {
	Name      string    `json:"name"`
	Launcher  int       `json:"launcher"`
	Processes []process `json:"processes"`
}

// treeOf finds the processes of the sandbox whose first process is root: its
// descendants and, where it is process 1 of a pid namespace, those that exec or
// another sandbox has put into that, whose parents are outside.
func treeOf(all []process, root int, ns spec.Namespace) []process {
	var tops []process
	space := ""
	for _, p := range all {
		if p.PID == root && ns.IsNew() {
			space = p.space
		}
	}
	inside := func(pid int) bool {
		return slices.ContainsFunc(all, func(p process) bool { return p.PID == pid && p.space == space })
	}
	for _, p := range all {
		if p.PID == root || space != "" && p.space == space && !inside(p.Parent) {
			tops = append(tops, withChildren(all, p))
		}
	}
	return tops
}

func withChildren(all []process, p process) process {
	for _, child := range all {
		if child.Parent == p.PID && child.PID != p.PID {
			p.Children = append(p.Children, withChildren(all, child))
		}
	}
	return p
}

// treeText draws the trees. A process is shown with its number on each level,
// from here inwards.
func treeText(trees []sandboxTree) string {
	if len(trees) == 0 {
		return "no sandbox is running\n"
	}
	var b strings.Builder
	for _, t := range trees {
		b.WriteString(t.Name + "  (launcher " + strconv.Itoa(t.Launcher) + ")\n")
		drawAll(&b, t.Processes, "")
	}
	return b.String()
}

func drawAll(b *strings.Builder, list []process, indent string) {
	for i, p := range list {
		branch, below := "├─ ", "│  "
		if i == len(list)-1 {
			branch, below = "└─ ", "   "
		}
		b.WriteString(indent + branch + numbers(p.Numbers) + "  " + cli.OneLine(p.Command) + "\n")
		drawAll(b, p.Children, indent+below)
	}
}

// numbers joins them with the sign for "inside".
func numbers(list []int) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, " > ")
}
