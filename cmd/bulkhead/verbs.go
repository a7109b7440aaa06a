package main

import (
	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// query is what the commands that look at sandboxes and end them are asked.
type query struct {
	json, quiet, all, noStream bool
	follow, timestamps, dryRun bool
	tail                       int64
	since                      string
	grace                      spec.Duration
	signal                     int
}

type onQuery = cli.On[query]

// verbExit is the exit status of these commands.
var verbExit = []cli.Exit{
	{Code: "0", Doc: "done"},
	{Code: "1", Doc: "something failed, or there is no such sandbox; the message names it"},
	{Code: "2", Doc: "a wrong command line"},
}

// sandboxArg and sandboxArgs are the names of one or of several sandboxes.
var (
	sandboxArg  = cli.Arg{Name: "NAME", Doc: "the sandbox, as ps shows it", Complete: cli.CompleteSandbox}
	sandboxArgs = cli.Arg{Name: "NAME", Doc: "the sandboxes, as ps shows them", Repeat: true, Complete: cli.CompleteSandbox}
)

var jsonFlag = []cli.Flag{
	{Long: "json", Common: true, Set: onQuery(func(q *query, _ string) error { q.json = true; return nil }),
		Doc: "print JSON, for programs to read"},
}
