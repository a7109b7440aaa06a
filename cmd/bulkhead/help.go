package main

import "github.com/bulkhead/bulkhead/internal/cli"

var helpCommand = cli.Command{
	Name:     "help",
	Summary:  "explain a command, or list them all",
	Forms:    []string{"[COMMAND...]"},
	Args:     []cli.Arg{{Name: "COMMAND", Doc: "the command, as in profile show", Optional: true, Repeat: true, Complete: cli.CompleteVerb}},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead help run", Doc: "read about every flag of run"}},
	Run: func(call *cli.Call) (int, error) {
		if len(call.Line.Words) == 0 {
			return 0, call.Print(call.Program.Overview(cli.HelpLong))
		}
		c, rest := call.Program.Find(call.Line.Words)
		switch {
		case c == nil:
			return 2, call.Program.UnknownCommand(rest)
		case len(rest) > 0:
			return 2, call.Program.UnknownBelow(c, rest[0])
		}
		return 0, call.Print(call.Program.Help(c, cli.HelpLong))
	},
}
