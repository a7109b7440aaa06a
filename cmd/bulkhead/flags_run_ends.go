package main

import "github.com/bulkhead/bulkhead/internal/cli"

var endsFlags = []cli.Flag{
	{Long: "wall", Arg: "DURATION", Common: true, Default: "1h, or what follows from --cpu-time; none with a terminal or detached", Set: on(func(r *request, v string) error {
		return limitDuration(&r.spec.Limits.Wall, v)
	}),
		Doc: "end it after this time", More: "With `--cpu-time` the default is 10s and three times that, so that a program that only sleeps ends, too."},
	{Long: "cpu-time", Arg: "DURATION", Common: true, Default: "none", Set: on((*request).setCPUTime),
		Doc: "end it when its processes used this much processor time", More: "Without `--wall` it also sets that one: to 10s and three times as much."},
	{Long: "idle", Arg: "DURATION", Default: "none", Set: on(func(r *request, v string) error { return limitDuration(&r.spec.Limits.Idle, v) }),
		Doc: "end it when it used no processor for this long"},
	{Long: "grace", Arg: "DURATION", Default: "none", Set: on(func(r *request, v string) error { return limitDuration(&r.spec.Limits.Grace, v) }),
		Doc: "let it run on this long after a time limit", More: "The result names the limit all the same, and the times show by how much it was passed."},
	{Long: "as-pid-1", Set: on(func(r *request, _ string) error { r.spec.AsPID1 = true; return nil }),
		Doc: "run it as process 1, without the tiny init", More: "Then nobody reaps its orphans, and signals it has no handler for do nothing."},
	{Short: "d", Long: "detach", Common: true, Set: on(func(r *request, _ string) error { r.options.Detach = true; return nil }),
		Doc: "leave it running and print its name", More: "Its output goes to a log: `bulkhead logs NAME`."},
	{Long: "name", Arg: "NAME", Common: true, Default: "a generated one", Set: on(func(r *request, v string) error { r.spec.Name = v; return nil }),
		Doc: "what ps, exec, logs and stop call it"},
	{Long: "rm", Set: on(func(r *request, _ string) error { r.options.Remove = true; return nil }),
		Doc: "forget it and its log at its end", More: "The default for programs that are not detached."},
}
