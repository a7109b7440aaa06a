package main

import "github.com/bulkhead/bulkhead/internal/cli"

// version is set by the Makefile: -ldflags "-X main.version=...".
var version = "development"

var versionCommand = cli.Command{
	Name:     "version",
	Summary:  "print the version",
	Forms:    []string{""},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead version", Doc: "what to put into a bug report"}},
	Run: func(call *cli.Call) (int, error) {
		return 0, call.Print(call.Program.Name + " " + version + "\n")
	},
}
