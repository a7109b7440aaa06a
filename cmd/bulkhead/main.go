// Command bulkhead runs any program in a compartment of its own.
//
// It is the thin one of the two programs: it links only what run and its
// companions need, because its start-up time is a part of every run.
package main

import (
	"os"

	"github.com/bulkhead/bulkhead/internal/cli"
)

func main() {
	if isSupervisor(os.Args) {
		supervise()
		return
	}
	os.Exit(program.Main(os.Args[1:], cli.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
