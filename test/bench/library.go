package main

import (
	"context"
	"fmt"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// library starts the program from this process, with all walls up, as a server would.
func library(asPID1 bool) func() error {
	s, _ := spec.Profile("default")
	s.Command = []string{program}
	s.AsPID1 = asPID1
	return func() error {
		result, err := sandbox.Run(context.Background(), &s, sandbox.IO{})
		if err != nil {
			return err
		}
		if result.Status != spec.Exited || result.ExitCode != 0 {
			return fmt.Errorf("%s ended with %+v", program, result)
		}
		return nil
	}
}
