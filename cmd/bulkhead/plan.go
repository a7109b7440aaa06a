package main

import (
	"context"
	"os"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

var planCommand = cli.Command{
	Name:    "plan",
	Summary: "print the steps that run would take",
	Forms:   []string{"[OPTIONS] [--] COMMAND [ARG...]", "[OPTIONS] --spec FILE"},
	Long: "Each step has a number, who takes it, and what it does to which object; `-v` adds the kernel's calls. When run fails, it names one of these steps. " +
		"All flags are those of run.",
	Groups:       planGroups,
	Args:         commandArgs,
	UsageExit:    125,
	OptionsFirst: true,
	Foreign:      runForeign[1:],
	Examples: []cli.Example{
		{Line: "bulkhead plan -- true", Doc: "see how the walls are built"},
		{Line: "bulkhead plan --time -- true", Doc: "see where the time of a start goes"},
		{Line: "bulkhead plan --print-spec --memory 1G -- make >sandbox.json", Doc: "write a Spec file from flags"},
	},
	Exit: []cli.Exit{
		{Code: "0", Doc: "the plan was printed"},
		{Code: "125", Doc: "a wrong flag, or a Spec that this host cannot meet; the message says what is missing"},
	},
	Run: runPlan,
}

var planFlags = []cli.Flag{
	{Long: "json", Common: true, Set: on(func(r *request, _ string) error { r.options.PlanJSON = true; return nil }),
		Doc: "print the steps as JSON"},
	{Long: "time", Common: true, Set: on(func(r *request, _ string) error { r.options.PlanTime = true; return nil }),
		Doc: "run the command once, and print how long each step took"},
	{Long: "print-spec", Common: true, Set: on(func(r *request, _ string) error { r.options.PrintSpec = true; return nil }),
		Doc: "print the Spec that the flags make, as JSON for --spec"},
}

func runPlan(call *cli.Call) (int, error) {
	from, err := here()
	if err != nil {
		return 125, err
	}
	s, options, err := parseRun(call, from)
	if err != nil {
		return 125, err
	}
	if err := printPlan(call, &s, options); err != nil {
		return 125, failure(call, options.inFlags(&s, err))
	}
	return 0, nil
}

// planOf works the plan out or, to measure it, carries it out.
func planOf(s *spec.Spec, measure bool) (*sandbox.Plan, error) {
	if !measure {
		return sandbox.PlanOf(context.Background(), s)
	}
	plan, _, err := sandbox.Measure(context.Background(), s, sandbox.IO{Stdin: os.Stdin, Stdout: os.Stderr, Stderr: os.Stderr})
	return plan, err
}

func printPlan(call *cli.Call, s *spec.Spec, options runOptions) error {
	if options.PrintSpec {
		return call.Print(string(cli.PrintableJSON(s.JSON())))
	}
	plan, err := planOf(s, options.PlanTime)
	switch {
	case err != nil:
		return err
	case options.PlanJSON:
		return printJSON(call, plan.Steps())
	case options.Verbose:
		_, err = plan.WriteVerbose(call.Out)
	default:
		_, err = plan.WriteTo(call.Out)
	}
	if err != nil {
		return call.Unwritten(err)
	}
	return nil
}
