package main

import (
	"syscall"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

var killCommand = cli.Command{
	Name:    "kill",
	Summary: "send a signal to sandboxes, by default SIGKILL",
	Forms:   []string{"[OPTIONS] NAME..."},
	Long:    "SIGKILL ends every process of the sandbox at once. Any other signal goes to its main program.",
	Groups: []cli.Group{{Title: "What to send", Flags: []cli.Flag{
		{Short: "s", Long: "signal", Arg: "SIGNAL", Common: true, Default: "KILL", Set: onQuery((*query).setSignal),
			Doc: "the signal to send", Values: signalNames},
	}}},
	Args: []cli.Arg{sandboxArgs},
	Foreign: []cli.Foreign{
		{Name: "-9", Use: "--signal KILL, which is the default"},
		{Name: "-15", Use: "--signal TERM"},
		{Name: "-KILL", Use: "--signal KILL, which is the default"},
		{Name: "-TERM", Use: "--signal TERM"},
		{Name: "-HUP", Use: "--signal HUP"},
	},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead kill --signal STOP web", Doc: "make its program pause; --signal CONT lets it go on"}},
	Run:      runKill,
}

// signalNames are what the shell offers; all others are accepted, too.
var signalNames = []string{"HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM", "CONT", "STOP", "WINCH"}

func (q *query) setSignal(value string) (err error) {
	q.signal, err = spec.ParseSignal(value)
	return err
}

func runKill(call *cli.Call) (int, error) {
	q := query{signal: int(syscall.SIGKILL)}
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	return each(call, func(box *sandbox.Sandbox) error {
		if q.signal != int(syscall.SIGKILL) {
			return box.Signal(syscall.Signal(q.signal))
		}
		if err := box.Kill(); err != nil {
			return err
		}
		_, _ = box.Wait() // its name is free then; how it ended is not the question
		return nil
	})
}
