package main

import (
	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

var profileCommand = cli.Command{
	Name:    "profile",
	Summary: "list and show the built-in profiles",
	Forms:   []string{"COMMAND [OPTIONS]"},
	Sub:     []*cli.Command{&profileListCommand, &profileShowCommand},
	Exit:    verbExit,
	Examples: []cli.Example{
		{Line: "bulkhead profile show agent >agent.yaml", Doc: "begin a profile of your own with a built-in one"},
	},
}

var profileListCommand = cli.Command{
	Name:     "ls",
	Summary:  "list the built-in profiles",
	Forms:    []string{"[OPTIONS]"},
	Groups:   []cli.Group{{Title: "How to print it", Flags: jsonFlag}},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead profile ls", Doc: "see what there is"}},
	Run:      runProfileList,
}

var profileShowCommand = cli.Command{
	Name:    "show",
	Summary: "print a profile as a Spec file (YAML), with every default filled in",
	Forms:   []string{"[OPTIONS] NAME"},
	Groups:  []cli.Group{{Title: "How to print it", Flags: jsonFlag}},
	Args:    []cli.Arg{{Name: "NAME", Doc: "a built-in profile", Values: profileNames}},
	Exit:    verbExit,
	Examples: []cli.Example{
		{Line: "bulkhead profile show strict", Doc: "read what a contest submission gets"},
	},
	Run: runProfileShow,
}

// profileUses says what each profile is for.
var profileUses = []string{
	"any program",
	"one submission to a contest: every limit holds, or it does not run",
	"compilers and test suites: much memory, many processes, no time limit",
	"a person at a terminal",
	"a program that writes code: this directory writable, its hooks and secrets not, no network",
}

// namedProfile is an entry of the list.
type namedProfile struct {
	Name string `json:"name"`
	Use  string `json:"use"`
}

func runProfileList(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	var list []namedProfile
	rows := [][]string{{"NAME", "FOR"}}
	for i, name := range profileNames {
		list = append(list, namedProfile{name, profileUses[i]})
		rows = append(rows, []string{name, profileUses[i]})
	}
	if q.json {
		return verbCode(call, printJSON(call, list))
	}
	return verbCode(call, call.Print(columns(rows)))
}

func runProfileShow(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	profile, _ := spec.Profile(call.Line.Words[0]) // the table allows known names only
	full := profile.WithDefaults()
	if q.json {
		return verbCode(call, call.Print(string(full.JSON())))
	}
	return verbCode(call, call.Print(string(full.YAML())))
}
