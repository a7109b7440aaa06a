package main

import (
	"math"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

var stopCommand = cli.Command{
	Name:    "stop",
	Summary: "end sandboxes politely: SIGTERM, and SIGKILL if that does not help",
	Forms:   []string{"[OPTIONS] NAME..."},
	Groups: []cli.Group{{Title: "How long to wait", Flags: []cli.Flag{
		{Short: "t", Long: "time", Arg: "DURATION", Common: true, Default: "10s", Set: onQuery((*query).setGrace),
			Doc: "the time between SIGTERM and SIGKILL"},
	}}},
	Args:     []cli.Arg{sandboxArgs},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead stop --time 2s web", Doc: "give it two seconds"}},
	Run:      runStop,
}

// setGrace accepts 0, which means at once.
func (q *query) setGrace(value string) error {
	err := q.grace.UnmarshalText([]byte(value))
	if err == nil && q.grace < 0 && value[0] == '-' {
		return refuse("negative", "write 0 to wait for nothing")
	}
	return err
}

func runStop(call *cli.Call) (int, error) {
	q := query{grace: spec.Seconds(10)}
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	grace := q.grace.Std()
	if q.grace < 0 {
		grace = math.MaxInt64 // unlimited
	}
	return each(call, func(box *sandbox.Sandbox) error {
		if err := box.Stop(grace); err != nil {
			return err
		}
		_, _ = box.Wait() // how it ended is not the question
		return nil
	})
}
