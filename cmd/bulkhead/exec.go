package main

import (
	"maps"
	"os"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

var execCommand = cli.Command{
	Name:    "exec",
	Summary: "run one more program inside a running sandbox",
	Forms:   []string{"[OPTIONS] NAME [--] COMMAND [ARG...]"},
	Long: "It stands behind the same walls and shares the same limits as the sandbox's own program. Its end does not end the sandbox.\n\n" +
		"Two programs cannot debug each other (`gdb -p`, `strace -p`) when a Landlock ruleset guards a file that one of them has as a standard stream, " +
		"since the kernel then keeps either out of the other. Give it a pipe instead of the file, as in `cat file | bulkhead exec NAME COMMAND`.\n\n" +
		"A sandbox that is frozen, as by Ctrl-Z of its launcher, is not entered: let it go on first.",
	Groups: []cli.Group{
		{Title: "Who it is", Flags: execWho},
		{Title: "How to watch it", Flags: execWatch},
	},
	Args: []cli.Arg{
		{Name: "NAME", Doc: "the sandbox, as ps shows it", Complete: cli.CompleteSandbox},
		{Name: "COMMAND", Doc: "the program to run", Complete: cli.CompleteCommand},
		{Name: "ARG", Doc: "its arguments", Optional: true, Repeat: true, Complete: cli.CompleteFile},
	},
	UsageExit:    125,
	OptionsFirst: true,
	Exit:         runExit,
	Examples: []cli.Example{
		{Line: "bulkhead exec -it web sh", Doc: "look around in a running sandbox"},
	},
	Run: runExec,
}

// execRequest is what a command line of exec asks for. Its environment is read
// by the same code as run's.
type execRequest struct{ request }

type onExec = cli.On[execRequest]

var execWho = []cli.Flag{
	{Short: "e", Long: "env", Arg: "NAME[=VALUE]", Repeat: true, Common: true, Complete: cli.CompleteVariable,
		Set: onExec(func(r *execRequest, v string) error { return r.setEnv(v) }),
		Doc: "set a variable, or copy one from the caller", More: "The others are those of the sandbox's own program."},
	{Long: "env-file", Arg: "FILE", Repeat: true, Complete: cli.CompleteFile,
		Set: onExec(func(r *execRequest, v string) error { return r.setEnvFile(v) }),
		Doc: "read variables from a file of NAME=VALUE lines"},
	{Short: "w", Long: "workdir", Arg: "DST", Common: true, Default: "that of the sandbox's own program",
		Set: onExec(func(r *execRequest, v string) error { return r.setWorkdir(v) }),
		Doc: "the directory to start in; it must exist inside"},
}

var execWatch = []cli.Flag{
	{Short: "i", Long: "interactive", Common: true,
		Set: onExec(func(r *execRequest, _ string) error { r.options.Interactive = true; return nil }),
		Doc: "hand on standard input", More: "This is the default; the flag is for those who are used to it."},
	{Short: "t", Long: "tty", Common: true, Set: onExec(func(r *execRequest, _ string) error { r.setTerminal(true); return nil }),
		Doc: "give it a terminal of its own", More: "The default if standard input, output and error all are a terminal."},
	{Short: "T", Long: "no-tty", Set: onExec(func(r *execRequest, _ string) error { r.setTerminal(false); return nil }),
		Doc: "give it none"},
	{Long: "json-file", Arg: "FILE", Complete: cli.CompleteFile,
		Set: onExec(func(r *execRequest, v string) error { return r.setJSONFile(v) }),
		Doc: "write the result as JSON to a file"},
	{Long: "json-fd", Arg: "N", Set: onExec(func(r *execRequest, v string) error { return r.setJSONFD(v) }),
		Doc: "write the result as JSON to an open descriptor"},
	{Long: "explain-exit", Set: onExec(func(r *execRequest, _ string) error { r.options.Explain = true; return nil }),
		Doc: "say in a sentence how the program ended"},
	{Short: "q", Long: "quiet", Set: onExec(func(r *execRequest, _ string) error { r.options.Quiet = true; return nil }),
		Doc: "say nothing but errors"},
}

func runExec(call *cli.Call) (int, error) {
	from, err := here()
	if err != nil {
		return 125, err
	}
	r := execRequest{request{from: from}}
	if err := call.Apply(&r); err != nil {
		return finish(call, r.options, unstarted(err), err)
	}
	if err := r.options.checkResult(); err != nil {
		return 125, err
	}
	box, err := sandbox.Open(call.Line.Words[0])
	if err != nil {
		return finish(call, r.options, unstarted(err), err)
	}
	result, err := r.run(call, box)
	return finish(call, r.options, result, err)
}

func (r *execRequest) run(call *cli.Call, box *sandbox.Sandbox) (spec.Result, error) {
	io, err := r.options.streams(call.Stdio)
	if err != nil {
		return unstarted(err), err
	}
	defer io.close()
	terminal := io.wantsTerminal(&r.options, r.spec.Terminal)
	program, err := box.StartExec(sandbox.ExecSpec{
		Command: execWords(call.Line.Words[1:]), Env: r.environment(), Workdir: r.spec.Workdir, Terminal: terminal,
	}, io.IO)
	if err != nil {
		return unstarted(err), err
	}
	if terminal {
		io.join(program)
	}
	attendExec(program, terminal)
	result, err := program.Wait()
	if err == nil {
		err = io.part()
	}
	return result, err
}

// execWords leaves out the "--" that may stand between the name and the command.
func execWords(words []string) []string {
	if len(words) > 1 && words[0] == "--" {
		return words[1:]
	}
	return words
}

// environment are the variables that flags set or copy.
func (r *execRequest) environment() map[string]string {
	env := maps.Clone(r.spec.Env)
	if env == nil {
		env = map[string]string{}
	}
	for _, name := range r.spec.KeepEnv {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	return env
}

// attendExec hands signals on to a program that was added to a sandbox.
func attendExec(program *sandbox.Process, terminal bool) {
	signals := make(chan os.Signal, 8)
	listenTo(signals, wanted(terminal))
	go handOn(signals, program)
}
