package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

var psCommand = cli.Command{
	Name:    "ps",
	Summary: "list the running sandboxes",
	Forms:   []string{"[OPTIONS]"},
	Groups: []cli.Group{
		{Title: "How to print it", Flags: []cli.Flag{
			{Short: "q", Long: "quiet", Common: true, Set: onQuery(func(q *query, _ string) error { q.quiet = true; return nil }),
				Doc: "print names only"},
			{Long: "json", Common: true, Set: onQuery(func(q *query, _ string) error { q.json = true; return nil }),
				Doc: "print JSON, for programs to read"},
		}},
	},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead ps", Doc: "see what runs"}},
	Run:      runPs,
}

func runPs(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	list, err := sandbox.List()
	if err != nil {
		return verbCode(call, err)
	}
	return verbCode(call, printList(call, list, q))
}

func printList(call *cli.Call, list []sandbox.Info, q query) error {
	switch {
	case q.json:
		for i := range list {
			list[i].Spec = nil // inspect shows it
		}
		return printJSON(call, list)
	case q.quiet:
		return call.Print(nameList(list))
	}
	rows := [][]string{{"NAME", "PID", "RUNNING", "COMMAND"}}
	for _, info := range list {
		rows = append(rows, []string{info.Name, strconv.Itoa(info.PID), ago(time.Since(info.Started)), commandLine(info.Command)})
	}
	return call.Print(columns(rows))
}

func nameList(list []sandbox.Info) string {
	text := ""
	for _, info := range list {
		text += info.Name + "\n"
	}
	return text
}

// commandLine is a command for people: arguments with blanks are quoted.
func commandLine(words []string) string {
	shown := make([]string, len(words))
	for i, w := range words {
		shown[i] = w
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$") {
			shown[i] = quote(w)
		}
	}
	return strings.Join(shown, " ")
}
