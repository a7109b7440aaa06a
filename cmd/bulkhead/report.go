package main

import (
	"encoding/json"
	"errors"
	"os"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// report is what a supervisor answers: the name of the sandbox that runs, or
// why none does. Errors of the library come in their parts, so that the launcher prints them as its own.
type report struct {
	Name    string         `json:",omitempty"`
	Dropped []spec.Dropped `json:",omitempty"`

	ExitCode   int    `json:",omitempty"`
	Why, Hint  string `json:",omitempty"`
	FromSetup  bool   `json:",omitempty"`
	Kind       sandbox.Kind
	Op, Object string `json:",omitempty"`
}

// refusal is the report of an error.
func refusal(err error, code int) report {
	r := report{ExitCode: code}
	if e, ok := errors.AsType[*sandbox.Error](err); ok {
		r.FromSetup, r.Kind, r.Op, r.Object, r.Hint = true, e.Kind, e.Op, e.Object, e.Hint
		if e.Err != nil {
			r.Why = e.Err.Error()
		}
		return r
	}
	call := cli.Call{Program: &program, Command: &runCommand}
	r.Why, r.Hint = cli.Explain(failure(&call, err))
	return r
}

// err is the error that refusal was given, as far as it can be printed.
func (r *report) err() error {
	switch {
	case r.ExitCode == 0:
		return nil
	case !r.FromSetup:
		return &cli.Error{Text: r.Why, Hint: r.Hint}
	}
	e := &sandbox.Error{Kind: r.Kind, Op: r.Op, Object: r.Object, Hint: r.Hint}
	if r.Why != "" {
		e.Err = errors.New(r.Why)
	}
	return e
}

// answer writes the one report there is, and hangs up.
func answer(out *os.File, r report) {
	_ = json.NewEncoder(out).Encode(r) // a launcher that was killed does not read it
	out.Close()
}
