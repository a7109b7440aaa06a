package main

import (
	"errors"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

// habit adds to the error of a command that could not be run what its words
// look like to somebody who is used to another tool.
func habit(line cli.Line, command string, err error) error {
	failed, ok := errors.AsType[*sandbox.Error](err)
	if !ok || failed.Kind != sandbox.NotFound && failed.Kind != sandbox.NotExecutable {
		return err
	}
	hint := ""
	switch last := lastGiven(line); {
	case last == "overlay" && strings.Contains(command, "/"):
		hint = "if " + command + " was meant for --overlay, join the two: --overlay=" + command
	case last == "verbose" && strings.Contains(command, ":"):
		hint = "-v is --verbose; to show a directory inside: --bind " + command
	default:
		return err
	}
	changed := *failed
	changed.Hint = hint
	return &changed
}

// lastGiven is the name of the flag right before the command.
func lastGiven(line cli.Line) string {
	if len(line.Given) == 0 {
		return ""
	}
	return line.Given[len(line.Given)-1].Flag.Long
}
