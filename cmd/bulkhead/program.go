package main

import "github.com/bulkhead/bulkhead/internal/cli"

// program is the table of everything the thin binary can do.
var program = cli.Program{
	Name:    "bulkhead",
	Summary: "run any program in a compartment of its own",
	Version: &version,
	Long: "Whatever the program does, it does inside: it has its own process tree, network, files, users, clock and limits. " +
		"No daemon, no virtual machine, and no root where the kernel allows it.\n\n" +
		"    bulkhead run -- CMD       run CMD, safe without any flag\n" +
		"    bulkhead plan -- CMD      print the steps that build its walls\n" +
		"    bulkhead doctor           what this machine can do, and how to mend the rest\n\n" +
		"Every command explains itself with `--help`.",
	Commands: []*cli.Command{
		&runCommand, &planCommand, &execCommand, &psCommand, &logsCommand, &topCommand, &statsCommand, &inspectCommand,
		&treeCommand, &diffCommand, &stopCommand, &killCommand, &waitCommand, &gcCommand, &doctorCommand, &profileCommand,
		&seccompCommand, &tourCommand, &completionCommand,
		&helpCommand, &versionCommand,
	},
	Foreign:      foreignCommands,
	Placeholders: placeholders,
	Examples: []cli.Example{
		{Line: "bulkhead run -- sh -c 'id; ps ax; ls /'", Doc: "look around inside"},
		{Line: "bulkhead run --bind .:rw -w . -- make test", Doc: "let a build touch this directory and nothing else"},
	},
	Exit: []cli.Exit{
		{Code: "0", Doc: "success"},
		{Code: "1", Doc: "the command failed; the message says on what"},
		{Code: "2", Doc: "a wrong command line"},
		{Code: "125-127", Doc: "of run and exec: bulkhead failed, the program cannot be executed, or it was not found"},
	},
}

// placeholders explains the words in capitals in the flags' values.
var placeholders = []cli.Placeholder{
	{Name: "SIZE", Doc: "a number and a unit, as in 64M, 1.5G or 4096B (K, M, G and T are powers of 1024), or unlimited"},
	{Name: "DURATION", Doc: "as in 1.5s, 200ms, 1h30m or 2d; a plain number is seconds; or unlimited"},
	{Name: "N", Doc: "a whole number"},
	{Name: "CPUS", Doc: "a number of processors, as in 1.5"},
	{Name: "CPULIST", Doc: "numbers of processors, as in 0-1,4"},
	{Name: "DIR", Doc: "a directory of the host"},
	{Name: "FILE", Doc: "a file of the host"},
	{Name: "PATH", Doc: "an absolute path"},
	{Name: "SRC", Doc: "a file or directory of the host; a relative one is taken from the current directory"},
	{Name: "DST", Doc: "an absolute path inside the sandbox"},
	{Name: "LOWER", Doc: "the directory of the host that is shown and never changed"},
	{Name: "TARGET", Doc: "what a symbolic link says"},
	{Name: "LINK", Doc: "the absolute path of the link, inside"},
	{Name: "OPTIONS", Doc: "words separated by commas"},
	{Name: "OPTION", Doc: "a word"},
	{Name: "TEXT", Doc: "any text, up to the end of the word"},
	{Name: "NS", Doc: "a kind of namespace: user, pid, mount, net, ipc, uts, cgroup or time"},
	{Name: "WHERE", Doc: "a path, sandbox:NAME, netns:NAME or fd:N"},
	{Name: "NAME", Doc: "a name"},
	{Name: "VALUE", Doc: "a value"},
	{Name: "KEY", Doc: "rbps, wbps, riops or wiops"},
	{Name: "DEVICE", Doc: "a block device, as in /dev/sda or 8:0"},
	{Name: "CLOCK", Doc: "monotonic or boottime"},
	{Name: "USER", Doc: "root, a number, UID:GID, or what the user is called inside"},
	{Name: "GID", Doc: "a group's number"},
	{Name: "INSIDE", Doc: "the first id inside the sandbox"},
	{Name: "OUTSIDE", Doc: "the id of the host that stands for it"},
	{Name: "COUNT", Doc: "how many ids from there on"},
	{Name: "MODE", Doc: "permissions in octal, as in 0755, or one of the words listed"},
	{Name: "PATTERN", Doc: "a variable's name, or the beginning of names and a *"},
	{Name: "CAPABILITY", Doc: "a name of capabilities(7), with or without CAP_"},
	{Name: "PORT", Doc: "a number from 1 to 65535"},
	{Name: "LANG", Doc: "a language, by its two letters"},
	{Name: "ARCH", Doc: "a machine: amd64 or arm64"},
	{Name: "ABI", Doc: "a way to make system calls: amd64, i386, x32 or arm64"},
	{Name: "POLICY", Doc: "a built-in system-call policy (default, strict, build, shell, agent, none), or a file, written with a slash or a dot"},
	{Name: "RULE", Doc: "a line of the policy language"},
	{Name: "PROTECTION", Doc: "a wall or a limit; bulkhead doctor shows which this host lacks"},
	{Name: "WHEN", Doc: "a duration, as in 10m, or a time, as in 2006-01-02T15:04:05Z"},
	{Name: "SIGNAL", Doc: "a signal, as in TERM, SIGTERM or 15"},
}
