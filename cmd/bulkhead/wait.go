package main

import (
	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

var waitCommand = cli.Command{
	Name:    "wait",
	Summary: "wait for the end of a detached sandbox, and exit as it did",
	Forms:   []string{"[OPTIONS] NAME"},
	Long:    "One that has ended already is answered for at once, as long as `bulkhead ps -a` shows it.",
	Groups:  []cli.Group{{Title: "How to print it", Flags: waitFlags}},
	Args:    []cli.Arg{{Name: "NAME", Doc: "the sandbox, as ps -a shows it", Complete: cli.CompleteSandbox}},
	Exit: []cli.Exit{
		{Code: "0-124", Doc: "the program's own exit status"},
		{Code: "125", Doc: "there is no such sandbox, or nobody knows how it ended; the message says which"},
		{Code: "128+N", Doc: "signal N killed the program, or a limit did: 137 is SIGKILL"},
	},
	UsageExit: 125,
	Examples:  []cli.Example{{Line: "bulkhead wait --json web", Doc: "wait, and print how it ended and what it used"}},
	Run:       runWait,
}

var waitFlags = []cli.Flag{
	{Long: "json", Common: true, Set: onQuery(func(q *query, _ string) error { q.json = true; return nil }),
		Doc: "print the result, as run's --json-file has it"},
}

func runWait(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 125, err
	}
	result, err := sandbox.Await(call.Line.Words[0])
	if err != nil {
		return 125, failure(call, err)
	}
	if q.json {
		err = printJSON(call, result)
	}
	if err != nil {
		return 125, failure(call, err)
	}
	return result.ExitCode, nil
}
