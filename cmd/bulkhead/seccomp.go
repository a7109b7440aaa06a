package main

import "github.com/bulkhead/bulkhead/internal/cli"

var seccompCommand = cli.Command{
	Name:    "seccomp",
	Summary: "explain, test and write system-call policies",
	Forms:   []string{"COMMAND [OPTIONS]"},
	Sub:     []*cli.Command{&seccompExplainCommand, &seccompTestCommand, &seccompTraceCommand},
	Exit:    verbExit,
	Examples: []cli.Example{
		{Line: "bulkhead seccomp explain default socket", Doc: "see what a program may do with sockets"},
		{Line: "bulkhead seccomp trace -- python3 -c 'print(6*7)' >my.policy", Doc: "let a program show which calls it needs"},
	},
}

// policyQuery is what explain and test are asked.
type policyQuery struct {
	from            caller
	rules           []string
	nest, guard     bool
	json, bpf, real bool
	arch, abi       string
}

type onPolicy = cli.On[policyQuery]

// policyFlags say what stands around the policy.
var policyFlags = []cli.Flag{
	{Long: "seccomp-rule", Arg: "RULE", Repeat: true, Set: onPolicy(func(q *policyQuery, v string) error { q.rules = append(q.rules, v); return nil }),
		Doc: "a line of the policy language, put before the policy, as with run"},
	{Long: "nest", Set: onPolicy(func(q *policyQuery, _ string) error { q.nest = true; return nil }),
		Doc: "as in a sandbox that may nest"},
	{Long: "writes-host", Set: onPolicy(func(q *policyQuery, _ string) error { q.guard = true; return nil }),
		Doc: "as in a sandbox that can write to a directory of the host", More: "It may not make set-user-ID files there: part guard-set-id."},
	{Long: "arch", Arg: "ARCH", Default: "this machine's", Values: []string{"amd64", "arm64"}, Closed: true, Set: onPolicy(func(q *policyQuery, v string) error { q.arch = v; return nil }),
		Doc: "the machine to compile for"},
}

var policyJSON = cli.Flag{Long: "json", Common: true, Set: onPolicy(func(q *policyQuery, _ string) error { q.json = true; return nil }),
	Doc: "print JSON, for programs to read"}
