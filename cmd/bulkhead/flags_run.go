package main

import "github.com/bulkhead/bulkhead/internal/cli"

// The flags of run, one file a question. plan has the same.
var runGroups = []cli.Group{
	{Title: "What it starts from", Flags: startFlags},
	{Title: "What it sees", Flags: seesFlags},
	{Title: "Who it is", Flags: whoFlags},
	{Title: "What it may do", Flags: mayFlags},
	{Title: "How much it may use", Flags: muchFlags},
	{Title: "How it ends", Flags: endsFlags},
	{Title: "How to watch it", Flags: watchFlags},
}

var planGroups = []cli.Group{
	{Title: "What it starts from", Flags: startFlags},
	{Title: "What it sees", Flags: seesFlags},
	{Title: "Who it is", Flags: whoFlags},
	{Title: "What it may do", Flags: mayFlags},
	{Title: "How much it may use", Flags: muchFlags},
	{Title: "How it ends", Flags: endsFlags},
	{Title: "How to watch it", Flags: watchFlags},
	{Title: "How to print it", Flags: planFlags},
}

// runExit is the exit status of the commands that run a program.
var runExit = []cli.Exit{
	{Code: "0-124", Doc: "the program's own exit status"},
	{Code: "125", Doc: "bulkhead failed: a wrong flag, or a step of the set-up; the message names it"},
	{Code: "126", Doc: "the command was found but cannot be executed"},
	{Code: "127", Doc: "the command was not found"},
	{Code: "128+N", Doc: "signal N killed the program, or a limit did: 137 is SIGKILL. A program may also exit with 125 and above by itself; `--json-file` tells for certain"},
}

var commandArgs = []cli.Arg{
	{Name: "COMMAND", Doc: "the program to run; without a slash it is looked up in PATH, inside", Optional: true, Complete: cli.CompleteCommand},
	{Name: "ARG", Doc: "the program's arguments, handed on byte for byte", Optional: true, Repeat: true, Complete: cli.CompleteFile},
}

// startFlags are evaluated before all others, wherever they stand.
var startFlags = []cli.Flag{
	{Long: "profile", Early: true, Arg: "NAME|FILE", Common: true, Default: "default",
		Doc:    "begin with a built-in profile, or with a Spec file used as one",
		More:   "`bulkhead profile ls` lists the built-in ones. The file given by `--spec` changes what the profile says, and flags change both, whatever the order on the command line.",
		Values: profileNames, Complete: cli.CompleteFile},
	{Long: "spec", Early: true, Arg: "FILE", Complete: cli.CompleteFile,
		Doc:  "read the Spec from a JSON or YAML file",
		More: "`-` is standard input. `bulkhead plan --print-spec` writes one to begin with."},
}

// profileNames are the built-in profiles; a test holds them against package spec.
var profileNames = []string{"default", "strict", "build", "shell", "agent"}
