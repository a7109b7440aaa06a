package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/internal/seccomp"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

var seccompTraceCommand = cli.Command{
	Name:    "trace",
	Summary: "run a program, and print the policy that it needs",
	Forms:   []string{"[OPTIONS] [--] COMMAND [ARG...]"},
	Long: "Every system call is counted. Those that the base refuses happen all the same, and are reported: trace no program that you would not run without a filter. " +
		"All other walls stand. What no rule can allow (part no-nest) is refused as ever. At the end a policy is printed that allows what the program did; another run may do more. " +
		"The program's standard output goes to standard error, unless the policy goes to a file. All flags are those of run.",
	Groups:       traceGroups,
	Args:         commandArgs,
	UsageExit:    125,
	OptionsFirst: true,
	Foreign:      runForeign[1:],
	Exit:         runExit,
	Examples: []cli.Example{
		{Line: "bulkhead seccomp trace -o my.policy -- python3 -c 'print(6*7)'", Doc: "write the policy of a script, to be used by --seccomp ./my.policy"},
		{Line: "bulkhead seccomp trace --base nothing -- true", Doc: "see a policy that allows what a program did, and nothing else"},
		{Line: "bulkhead seccomp trace --enforce --base strict -- python3 -c 'import socket; socket.socket()'", Doc: "see what a policy refuses a program"},
	},
	Run: runSeccompTrace,
}

var traceGroups = []cli.Group{
	{Title: "How to trace it", Flags: traceFlags},
	{Title: "What it starts from", Flags: startFlags},
	{Title: "What it sees", Flags: seesFlags},
	{Title: "Who it is", Flags: whoFlags},
	{Title: "What it may do", Flags: mayFlags},
	{Title: "How much it may use", Flags: muchFlags},
	{Title: "How it ends", Flags: endsFlags},
	{Title: "How to watch it", Flags: watchFlags},
}

var traceFlags = []cli.Flag{
	{Long: "base", Arg: "POLICY", Common: true, Default: "the policy of --seccomp or the profile", Values: baseNames, Complete: cli.CompleteFile, Set: on((*request).setBase),
		Doc: "the policy to which the program's calls are added", More: "`nothing` allows no call by itself."},
	{Long: "enforce", Common: true, Set: on(func(r *request, _ string) error { r.options.Enforce = true; return nil }),
		Doc: "refuse what the base refuses, and report it"},
	{Short: "o", Long: "policy-file", Arg: "FILE", Common: true, Complete: cli.CompleteFile, Set: on(func(r *request, v string) error { r.options.PolicyFile = v; return nil }),
		Doc: "write the policy to a file"},
	{Long: "json", Common: true, Set: on(func(r *request, _ string) error { r.options.PlanJSON = true; return nil }),
		Doc: "print the calls as JSON, instead of the policy"},
}

// nothing is the base that allows nothing.
const nothing = "nothing"

// baseNames are seccompNames, and nothing.
var baseNames = []string{"default", "strict", "build", "shell", "agent", "none", nothing}

func (r *request) setBase(value string) error {
	if value == nothing {
		r.options.BaseNothing = true
		return nil
	}
	r.options.BaseNothing = false
	return r.setSeccomp(value)
}

func runSeccompTrace(call *cli.Call) (int, error) {
	from, err := here()
	if err != nil {
		return 125, err
	}
	s, options, err := parseRun(call, from)
	if err != nil {
		return 125, err
	}
	if options.Detach || options.TerminalSet && s.Terminal {
		return 125, refuse(call.Path()+": --detach and --tty do not go with a trace", "leave them out: the program is watched from here")
	}
	t, err := newTrace(&s, &options, from)
	if err != nil {
		return 125, failure(call, err)
	}
	return t.run(call)
}

// trace is a program of which every call is counted.
type trace struct {
	spec    spec.Spec
	options runOptions
	from    caller
	base    traceBase
	explain *seccomp.Explanation
	watch   supervision
	counts  map[traced]*tally
}

// traceBase is the policy that the calls are held against.
type traceBase struct {
	name  string
	rules []string
}

// traced is what calls are counted by: the same call, decided in the same way.
type traced struct {
	abi     seccomp.ABI
	name    string
	refused bool
}

func newTrace(s *spec.Spec, options *runOptions, from caller) (*trace, error) {
	t := &trace{spec: *s, options: *options, from: from, counts: map[traced]*tally{}}
	t.base = traceBase{s.WithDefaults().Seccomp.Policy, s.Seccomp.Rules}
	if options.BaseNothing {
		t.base.name = nothing
	}
	if strings.ContainsAny(t.base.name, "\"\n") {
		return nil, refuse("a policy cannot include "+quote(t.base.name), "rename the file: no quotes and line ends")
	}
	q := policyQuery{from: from, rules: s.Seccomp.Rules, nest: s.Nest}
	policy, err := seccomp.Load(seccomp.Options{Nest: s.Nest}, q.rules, t.base.name, func(name string) (string, error) {
		if name == nothing {
			return "", nil
		}
		return q.include(name)
	})
	if err != nil {
		return nil, err
	}
	if t.explain, err = policy.Explanation(seccomp.Native()); err != nil {
		return nil, err
	}
	// Policy none puts nothing in front of these rules, so every call is asked about. Those of the start cannot be.
	t.spec.Seccomp = spec.Seccomp{Policy: seccomp.None, Rules: []string{"default notify", "abi i386 allow", "allow " + strings.Join(uncounted, " ")}}
	t.spec.Terminal = false
	return t, nil
}

// uncounted are the calls of a start under a supervisor, who cannot answer yet.
var uncounted = []string{"execve", "exit_group", "sendmsg"}

func (t *trace) run(call *cli.Call) (int, error) {
	io, err := t.options.streams(call.Stdio)
	if err != nil {
		return finish(call, t.options, unstarted(err), err)
	}
	defer io.close()
	if t.options.PolicyFile == "" && t.options.Stdout == "" {
		io.Stdout = os.Stderr
	}
	io.Lasting = attend
	t.options.limits = &t.spec.Limits
	io.Lacking = func(dropped []spec.Dropped) { t.options.reportDropped(call, dropped) }
	io.Started = func(box *sandbox.Sandbox) { t.watch.answer(box.Listener(), t.judge) }
	result, err := sandbox.Run(context.Background(), &t.spec, io.IO)
	if result.Status == spec.SetupFailed {
		err = habit(call.Line, t.spec.Command[0], t.options.inFlags(&t.spec, err))
		return finish(call, t.options, unstarted(err), err)
	}
	if lost := t.watch.wait(); err == nil {
		err = lost
	}
	if err == nil {
		err = t.report(call)
	}
	return finish(call, t.options, result, err)
}

// judge counts a call and answers it.
func (t *trace) judge(n *sandbox.Notice) error {
	u := seccomp.Use{Data: seccomp.Data{Number: n.Number, Audit: n.Audit, Arguments: n.Arguments}}
	u.ABI, u.Name = seccomp.CallOf(n.Audit, n.Number)
	action, refused, changeable := t.explain.Refuses(u)
	key := traced{u.ABI, u.Name, refused}
	if t.counts[key] == nil {
		t.counts[key] = &tally{use: u, action: action}
	}
	t.counts[key].add(u)
	if refused && (t.options.Enforce || !changeable) {
		return n.Refuse(refusalErrno(action))
	}
	return n.Continue()
}

// refusalErrno is the error of an action; actions that are none of an errno cannot be taken by a supervisor.
func refusalErrno(a seccomp.Action) syscall.Errno {
	if a&^0xffff == seccomp.Errno {
		return syscall.Errno(a & 0xffff)
	}
	return syscall.EPERM
}

// tally counts one call.
type tally struct {
	use    seccomp.Use // the first
	action seccomp.Action
	count  int64
	// variants are uses with different arguments, of calls that are refused.
	variants []seccomp.Use
}

// mostTallied bounds what is kept of a program that makes many different calls.
const mostTallied = 64

func (t *tally) add(u seccomp.Use) {
	t.count++
	if t.action == seccomp.Allow || len(t.variants) == mostTallied {
		return
	}
	if !slices.ContainsFunc(t.variants, func(have seccomp.Use) bool { return have.Data == u.Data }) {
		t.variants = append(t.variants, u)
	}
}
