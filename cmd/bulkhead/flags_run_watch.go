package main

import "github.com/bulkhead/bulkhead/internal/cli"

var watchFlags = []cli.Flag{
	{Short: "i", Long: "interactive", Common: true, Set: on(func(r *request, _ string) error { r.options.Interactive = true; return nil }),
		Doc: "hand on standard input", More: "The default for programs that are not detached."},
	{Short: "t", Long: "tty", Common: true, Set: on(func(r *request, _ string) error { r.setTerminal(true); return nil }),
		Doc: "give it a terminal of its own", More: "The default if standard input, output and error all are a terminal. Ctrl-Z then goes to the program's own terminal: to stop a program from your shell, run it with `--no-tty`. " +
			"With `--detach` the terminal is for the program alone: the log records it, and nobody can type there. To type, use `bulkhead exec -t`."},
	{Short: "T", Long: "no-tty", Set: on(func(r *request, _ string) error { r.setTerminal(false); return nil }),
		Doc: "give it none"},
	{Long: "stdin", Arg: "FILE", Complete: cli.CompleteFile, Set: on(func(r *request, v string) error { r.options.Stdin = v; return nil }),
		Doc: "read standard input from a file"},
	{Long: "stdout", Arg: "FILE", Complete: cli.CompleteFile, Set: on(func(r *request, v string) error { r.options.Stdout = v; return nil }),
		Doc: "write standard output to a file"},
	{Long: "stderr", Arg: "FILE", Complete: cli.CompleteFile, Set: on(func(r *request, v string) error { r.options.Stderr = v; return nil }),
		Doc: "write standard error to a file"},
	{Long: "json-file", Arg: "FILE", Common: true, Complete: cli.CompleteFile, Set: on((*request).setJSONFile),
		Doc: "write the result as JSON to a file", More: "It says how the program ended, which limit it hit, what it used, and which protections were dropped."},
	{Long: "json-fd", Arg: "N", Set: on((*request).setJSONFD),
		Doc: "write the result as JSON to an open descriptor"},
	{Long: "explain-exit", Common: true, Set: on(func(r *request, _ string) error { r.options.Explain = true; return nil }),
		Doc: "say in a sentence how the program ended", More: "Of a program that a limit ended it is said anyway, but for -q. Not with --detach: this command ends before."},
	{Short: "v", Long: "verbose", Set: on(func(r *request, _ string) error { r.options.Verbose = true; return nil }),
		Doc: "say what is done, and what it used at the end"},
	{Short: "q", Long: "quiet", Set: on(func(r *request, _ string) error { r.options.Quiet = true; return nil }),
		Doc: "say nothing but errors", More: "And what may harm you: files that the program changed and that other programs obey (`--profile agent`)."},
}

func (r *request) setTerminal(wanted bool) {
	r.spec.Terminal, r.options.TerminalSet = wanted, true
}

func (r *request) setJSONFile(name string) error {
	r.options.JSONFile = ""
	if err := checkJSONFile(name); err != nil {
		return err
	}
	r.options.JSONFile = name
	return nil
}

// checkJSONFile refuses our own streams by a file's name: opened anew, a
// redirected one would lose what it holds.
func checkJSONFile(name string) error {
	switch name {
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return refuse("would cut off what the program printed there", "write --json-fd 1")
	case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2":
		return refuse("would cut off what the program printed there", "write --json-fd 2")
	}
	return nil
}

func (r *request) setJSONFD(value string) error {
	fd, err := descriptor(value, 1)
	r.options.JSONFD = &fd
	return err
}

func (r *request) addPassFD(value string) error {
	fd, err := descriptor(value, 3)
	r.spec.PassFDs = append(r.spec.PassFDs, fd)
	return err
}
