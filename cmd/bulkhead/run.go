package main

import "github.com/bulkhead/bulkhead/internal/cli"

var runCommand = cli.Command{
	Name:    "run",
	Summary: "run a program in a sandbox",
	Forms: []string{
		"[OPTIONS] [--] COMMAND [ARG...]",
		"[OPTIONS] --spec FILE [COMMAND [ARG...]]",
	},
	Long: "Without any flag the program gets the system's programs and libraries to read, an empty home directory and /tmp to write, " +
		"no network, no rights, and limits on what it may use. It dies with this command.\n\n" +
		"The first word that is not an option is the command. All that follows belongs to it, its own options too. `--` before the command makes that plain.",
	Groups:       runGroups,
	Args:         commandArgs,
	UsageExit:    125,
	OptionsFirst: true,
	Foreign:      runForeign,
	Exit:         runExit,
	Examples: []cli.Example{
		{Line: "bulkhead run --memory 64M --wall 10s -- python3 -c 'print(6*7)'", Doc: "run a script that may not take much"},
		{Line: "bulkhead run --bind .:rw -w . -- make test", Doc: "let a build change this directory and nothing else"},
		{Line: "bulkhead run --net host -e HTTPS_PROXY -- curl -s https://example.org", Doc: "let it use the network"},
		{Line: "bulkhead run --bind \"$HOME:ro,hide=.ssh\" -- ls \"$HOME\"", Doc: "show it the home directory without its keys"},
		{Line: "bulkhead run -d --name web -e PYTHONUNBUFFERED=1 -- python3 -m http.server", Doc: "leave it running; look at it with ps, logs and exec (python keeps back what it logs, but for the variable)"},
		{Line: "bulkhead run --net sandbox:web -- curl -s http://localhost:8000", Doc: "reach it from a sandbox beside it; nobody else can, unless it runs with --net host"},
	},
	Run: runRun,
}

func runRun(call *cli.Call) (int, error) {
	from, err := here()
	if err != nil {
		return 125, err
	}
	s, options, err := parseRun(call, from)
	if err != nil {
		if file, _ := call.Line.Value("json-file"); checkJSONFile(file) == nil {
			options.JSONFile = file // the mistake may stand before it
		}
		return finish(call, options, unstarted(err), err)
	}
	if options.Detach {
		return detach(call, &s, options)
	}
	return foreground(call, &s, options)
}
