package main

import (
	"github.com/bulkhead/bulkhead/internal/cli"
)

var topCommand = cli.Command{
	Name:    "top",
	Summary: "watch what each sandbox uses, busiest first",
	Forms:   []string{"[OPTIONS]"},
	Long:    "On a terminal it shows one look after another until you type q or Ctrl-C.",
	Groups: []cli.Group{{Title: "How to print it", Flags: []cli.Flag{
		{Long: "no-stream", Common: true, Set: onQuery(func(q *query, _ string) error { q.noStream = true; return nil }),
			Doc: "print once instead of every second"},
	}}},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead top --no-stream", Doc: "take one look"}},
	Run:      runTop,
}

func runTop(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	return watchUse(call, q, nil, true)
}
