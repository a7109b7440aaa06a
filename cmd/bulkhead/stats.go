package main

import (
	"context"
	"os/signal"
	"slices"
	"syscall"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

var statsCommand = cli.Command{
	Name:    "stats",
	Summary: "show what sandboxes use",
	Forms:   []string{"[OPTIONS] [NAME...]"},
	Groups: []cli.Group{{Title: "How to print it", Flags: []cli.Flag{
		{Long: "json", Common: true, Set: onQuery(func(q *query, _ string) error { q.json = true; return nil }),
			Doc: "print one line of JSON for each sandbox and second", More: "Of one without a cgroup it has only the name and the time."},
		{Long: "no-stream", Common: true, Set: onQuery(func(q *query, _ string) error { q.noStream = true; return nil }),
			Doc: "print once instead of every second"},
	}}},
	Args: []cli.Arg{{Name: "NAME", Doc: "the sandboxes, as ps shows them; all of them without a name", Optional: true, Repeat: true,
		Complete: cli.CompleteSandbox}},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead stats --no-stream --json", Doc: "take one measurement for a program"}},
	Run:      runStats,
}

func runStats(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	return watchUse(call, q, call.Line.Words, false)
}

// watchUse prints what sandboxes use, once or every second until somebody interrupts or types q.
func watchUse(call *cli.Call, q query, names []string, sorted bool) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	w := watcher{call: call, query: q, names: slices.Clone(names), named: len(names) > 0, sorted: sorted, screen: sandbox.IsTerminal(call.Out) && !q.json && !q.noStream}
	if w.screen {
		defer onKeyQ(call.In, stop)()
	}
	return verbCode(call, w.run(ctx))
}
