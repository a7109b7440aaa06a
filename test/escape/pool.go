package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// poolArg, as the first argument, makes this program run an act in a kept sandbox.
const poolArg = "pool"

// kept is a run in a Pool whose sandbox another program has used before. Its Spec
// is the one that bulkhead makes of the same flags.
func kept(s *scene, act []string) []string {
	flags := slices.Concat(s.shown(), s.limits, s.space, []string{"--"}, act)
	return append([]string{s.mode.program, poolArg, s.mode.tool}, flags...)
}

// pooled is that program; args are the tool, flags, "--" and the act. It returns the exit code.
func pooled(args []string) int {
	result, err := runPooled(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bulkhead:", err)
	}
	return result.ExitCode
}

func runPooled(args []string) (sandbox.Result, error) {
	lost := sandbox.Result{ExitCode: 125}
	ctx := context.Background()
	act := args[slices.Index(args, "--")+1:]
	text, err := exec.Command(args[0], append([]string{"plan", "--print-spec"}, args[1:]...)...).Output()
	if err != nil {
		return lost, err
	}
	var s sandbox.Spec
	if err := spec.Decode("the Spec", text, &s); err != nil {
		return lost, err
	}
	p, err := sandbox.NewPool(ctx, &s, sandbox.PoolOptions{Size: 1})
	if err != nil {
		return lost, err
	}
	defer p.Close()
	if first, err := p.Run(ctx, sandbox.Job{Command: []string{act[0], actArg, "nothing"}}, sandbox.IO{}); err != nil {
		return first, err
	}
	return p.Run(ctx, sandbox.Job{Command: act}, sandbox.IO{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
}
