package main

import (
	"errors"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

var gcCommand = cli.Command{
	Name:    "gc",
	Summary: "remove what is left of sandboxes that have ended",
	Forms:   []string{"[OPTIONS]"},
	Long: "That is the logs and results of detached sandboxes, and what launchers that were killed left behind: cgroups and records. " +
		"Running sandboxes are not touched.",
	Groups: []cli.Group{
		{Title: "What to do", Flags: []cli.Flag{
			{Long: "dry-run", Common: true, Set: onQuery(func(q *query, _ string) error { q.dryRun = true; return nil }),
				Doc: "only say what would be removed"},
		}},
		{Title: "How to print it", Flags: jsonFlag},
	},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead gc --dry-run", Doc: "see whether anything is left"}},
	Run:      runGC,
}

func runGC(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	found, err := sandbox.Collect(q.dryRun)
	if q.json {
		err = errors.Join(printJSON(call, found), err)
	} else if err == nil || len(found.Groups)+len(found.Records) > 0 {
		err = errors.Join(call.Print(collectedText(found, q.dryRun)), err)
	}
	return verbCode(call, err)
}

func collectedText(found sandbox.Collected, dry bool) string {
	verb := "removed"
	if dry {
		verb = "would remove"
	}
	text := ""
	for _, name := range found.Groups {
		text += verb + " cgroup " + name + "\n"
	}
	for _, name := range found.Records {
		text += verb + " the record of " + name + "\n"
	}
	if text == "" {
		return "nothing is left over\n"
	}
	return text
}
