package main

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

var doctorCommand = cli.Command{
	Name:    "doctor",
	Summary: "show what this machine can and cannot do, why, and how to mend it",
	Forms:   []string{"[OPTIONS]"},
	Groups:  []cli.Group{{Title: "How to print it", Flags: jsonFlag}},
	Exit: []cli.Exit{
		{Code: "0", Doc: "run works with its defaults"},
		{Code: "1", Doc: "something that the defaults need is missing"},
		{Code: "2", Doc: "a wrong command line"},
	},
	Examples: []cli.Example{{Line: "bulkhead doctor", Doc: "look before the first run"}},
	Run:      runDoctor,
}

func runDoctor(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	report := sandbox.Doctor(ctx)
	err := printReport(call, report, q.json)
	if err == nil && !report.OK {
		return 1, nil
	}
	return verbCode(call, err)
}

func printReport(call *cli.Call, report sandbox.Report, json bool) error {
	if json {
		return printJSON(call, report)
	}
	if _, err := report.WriteTo(call.Out); err != nil {
		return call.Unwritten(err)
	}
	return nil
}
