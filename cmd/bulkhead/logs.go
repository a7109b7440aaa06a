package main

import "github.com/bulkhead/bulkhead/internal/cli"

var logsCommand = cli.Command{
	Name:    "logs",
	Summary: "show what a detached program printed",
	Forms:   []string{"[OPTIONS] NAME"},
	Groups: []cli.Group{
		{Title: "Which lines", Flags: []cli.Flag{
			{Short: "f", Long: "follow", Common: true, Set: onQuery(func(q *query, _ string) error { q.follow = true; return nil }),
				Doc: "wait for more until the program ends"},
			{Short: "n", Long: "tail", Arg: "N", Common: true, Default: "all", Set: onQuery((*query).setTail),
				Doc: "begin with the last N lines"},
			{Long: "since", Arg: "TIME", Set: onQuery(func(q *query, v string) error { q.since = v; return nil }),
				Doc: "leave out older lines"},
		}},
		{Title: "How to print them", Flags: []cli.Flag{
			{Long: "timestamps", Common: true, Set: onQuery(func(q *query, _ string) error { q.timestamps = true; return nil }),
				Doc: "put the time before each line"},
		}},
	},
	Args:     []cli.Arg{sandboxArg},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead logs -f --tail 20 web", Doc: "follow a server's log"}},
}

func (q *query) setTail(value string) (err error) {
	q.tail, err = number(value, 0, 1<<40)
	return err
}
