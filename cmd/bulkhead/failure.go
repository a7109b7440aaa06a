package main

import (
	"errors"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// failure gives an error of the library the form of the command line.
func failure(call *cli.Call, err error) error {
	if err == nil {
		return nil
	}
	if own, ok := errors.AsType[*cli.Error](err); ok {
		return own
	}
	if e, ok := errors.AsType[*sandbox.Error](err); ok {
		return &cli.Error{Text: cli.OneLine(e.Error()), Hint: cli.OneLine(e.Hint), Err: err} // a name in it cannot pose as a line of ours
	}
	return call.Failure("", err)
}

// startCode is what run and exec exit with because of an error.
func startCode(err error) int {
	if e, ok := errors.AsType[*sandbox.Error](err); ok {
		return e.ExitCode()
	}
	return 125
}

// verbCode is what the other commands exit with: 0, or 1 for any error.
func verbCode(call *cli.Call, err error) (int, error) {
	if err != nil {
		return 1, failure(call, err)
	}
	return 0, nil
}

// unstarted is the Result of a program that could not be started.
func unstarted(err error) spec.Result {
	r := spec.Result{Status: spec.SetupFailed, ExitCode: startCode(err), Dropped: []spec.Dropped{}}
	r.Error = setupError(err)
	return r
}

func setupError(err error) *spec.SetupError {
	if e, ok := errors.AsType[*cli.Error](err); ok {
		return &spec.SetupError{Step: "read the command line", Object: e.Text, Message: e.Text, Hint: e.Hint}
	}
	if list := spec.FieldErrors(err); len(list) > 0 {
		return &spec.SetupError{Step: "check the spec", Object: list[0].Path, Message: err.Error(), Hint: list[0].Hint}
	}
	return sandbox.SetupError(err)
}
