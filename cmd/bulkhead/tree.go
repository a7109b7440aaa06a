package main

import (
	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

var treeCommand = cli.Command{
	Name:    "tree",
	Summary: "show the sandboxes' processes as a tree, with their number on each level",
	Forms:   []string{"[OPTIONS] [NAME]"},
	Long: "A process in a nested pid namespace has one number in it and another in each namespace around it: 4210 > 7 > 1 is process 1 of a box, " +
		"7 in the box around that, and 4210 here. Where a pid namespace or a sandbox begins inside another, the line says so.",
	Groups: []cli.Group{
		{Title: "What to list", Flags: []cli.Flag{
			{Short: "a", Long: "all", Common: true, Set: onQuery(func(q *query, _ string) error { q.all = true; return nil }),
				Doc: "show all pid namespaces, also those that are no sandbox of yours"},
		}},
		{Title: "How to print it", Flags: jsonFlag},
	},
	Args:     []cli.Arg{{Name: "NAME", Doc: "only this sandbox", Optional: true, Complete: cli.CompleteSandbox}},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead tree", Doc: "see who is whose child"}},
	Run:      runTree,
}

func runTree(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	if q.all && len(call.Line.Words) > 0 {
		return 2, refuse("option --all: it takes no name of a sandbox", "leave one of them out")
	}
	list, err := sandbox.List()
	if err == nil {
		list, err = only(list, call.Line.Words)
	}
	if err != nil {
		return verbCode(call, err)
	}
	forest := readForest(list)
	trees := forest.trees(list)
	if q.all {
		trees = append(trees, forest.strangers(trees)...)
	}
	if q.json {
		return verbCode(call, printJSON(call, trees))
	}
	return verbCode(call, call.Print(treeText(trees)))
}

// only keeps the sandbox of that name, if there is one.
func only(list []sandbox.Info, names []string) ([]sandbox.Info, error) {
	if len(names) == 0 {
		return list, nil
	}
	for _, info := range list {
		if info.Name == names[0] {
			return []sandbox.Info{info}, nil
		}
	}
	_, err := sandbox.Open(names[0]) // its error tells which there are
	return nil, err
}
