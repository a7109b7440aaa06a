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
		{Title: "What to list", Flags: []cli.Flag{
			{Short: "a", Long: "all", Common: true, Set: onQuery(func(q *query, _ string) error { q.all = true; return nil }),
				Doc: "list detached ones that have ended, too, and how they ended", More: "`bulkhead gc` forgets them."},
		}},
		{Title: "How to print it", Flags: []cli.Flag{
			{Short: "q", Long: "quiet", Common: true, Set: onQuery(func(q *query, _ string) error { q.quiet = true; return nil }),
				Doc: "print names only"},
			{Long: "json", Common: true, Set: onQuery(func(q *query, _ string) error { q.json = true; return nil }),
				Doc: "print JSON, for programs to read"},
		}},
	},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead ps", Doc: "see what runs"}, {Line: "bulkhead ps -a", Doc: "see also how the others ended"}},
	Run:      runPs,
}

func runPs(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	look := sandbox.List
	if q.all {
		look = sandbox.ListAll
	}
	list, err := look()
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
	return call.Print(columns(listRows(list, q.all)))
}

func listRows(list []sandbox.Info, all bool) [][]string {
	if all {
		rows := [][]string{{"NAME", "PID", "STATUS", "COMMAND"}}
		for _, info := range list {
			rows = append(rows, []string{info.Name, numberOrDash(info.PID), status(&info), commandLine(info.Command)})
		}
		return rows
	}
	rows := [][]string{{"NAME", "PID", "RUNNING", "COMMAND"}}
	for _, info := range list {
		rows = append(rows, []string{info.Name, strconv.Itoa(info.PID), ago(time.Since(info.Started)), commandLine(info.Command)})
	}
	return rows
}

func numberOrDash(pid int) string {
	if pid == 0 {
		return "-"
	}
	return strconv.Itoa(pid)
}

// status is how long a sandbox has been running, or how and when it ended.
func status(info *sandbox.Info) string {
	switch {
	case info.Ended == nil:
		return "running " + ago(time.Since(info.Started))
	case info.Ended.Result == nil:
		return "ended, nobody knows how"
	}
	return shortly(info.Ended.Result) + ", " + ago(time.Since(info.Ended.At)) + " ago"
}

// shortly is explain for a table.
func shortly(r *sandbox.Result) string {
	switch {
	case r.Limit != "":
		return "limit " + string(r.Limit)
	case r.Signal != "":
		return r.Signal
	}
	return "exited " + strconv.Itoa(r.ExitCode)
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
