package main

import (
	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// query is what the commands that look at sandboxes and end them are asked.
type query struct {
	json, quiet, all, noStream, dryRun bool
	profile                            string // of inspect
	grace                              spec.Duration
	signal                             int
}

type onQuery = cli.On[query]

// verbExit is the exit status of these commands.
var verbExit = []cli.Exit{
	{Code: "0", Doc: "done"},
	{Code: "1", Doc: "something failed, or there is no such sandbox; the message names it"},
	{Code: "2", Doc: "a wrong command line"},
}

// sandboxArgs are the names of several sandboxes.
var sandboxArgs = cli.Arg{Name: "NAME", Doc: "the sandboxes, as ps shows them", Repeat: true, Complete: cli.CompleteSandbox}

var jsonFlag = []cli.Flag{
	{Long: "json", Common: true, Set: onQuery(func(q *query, _ string) error { q.json = true; return nil }),
		Doc: "print JSON, for programs to read"},
}
