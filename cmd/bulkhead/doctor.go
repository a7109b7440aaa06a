package main

import "github.com/bulkhead/bulkhead/internal/cli"

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
}
