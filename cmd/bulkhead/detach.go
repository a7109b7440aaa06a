package main

import (
	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

func detach(call *cli.Call, s *spec.Spec, options runOptions) (int, error) {
	err := &cli.Error{Text: "run: --detach: the log of a detached program cannot be kept yet", Hint: "leave the flag out, and put & behind the command"}
	return finish(call, options, unstarted(err), err)
}
