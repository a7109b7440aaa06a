package main

import "github.com/bulkhead/bulkhead/internal/cli"

var whoFlags = []cli.Flag{
	{Short: "u", Long: "user", Arg: "USER", Repeat: true, Common: true, Default: "1000:1000, called user", Set: on((*request).setUser),
		Doc:  "who the program is, inside",
		More: "USER is root, a number, UID:GID, or a name. A name is only what the user is called inside, whose number stays 1000: it need not exist on the host, and gives no rights of the one there. Outside it is always somebody without power: root inside is not root outside."},
	{Long: "home", Arg: "DST", Default: "/home/NAME, or /root for root", Set: on((*request).setHome),
		Doc: "the home directory, private and empty"},
	{Long: "group", Arg: "GID", List: true, Repeat: true, Set: on((*request).addGroup),
		Doc: "add a supplementary group", More: "It must be in the map: see `--gid-map`."},
	{Long: "uid-map", Arg: "INSIDE:OUTSIDE:COUNT", Repeat: true, Set: on(func(r *request, v string) error { return addMap(&r.spec.User.UIDMap, v) }),
		Doc: "map several user ids", More: "OUTSIDE must be among your sub-ids in /etc/subuid, unless root starts the sandbox."},
	{Long: "gid-map", Arg: "INSIDE:OUTSIDE:COUNT", Repeat: true, Set: on(func(r *request, v string) error { return addMap(&r.spec.User.GIDMap, v) }),
		Doc: "map several group ids"},
	{Short: "w", Long: "workdir", Arg: "DST", Common: true, Default: "the home directory", Complete: cli.CompleteDir, Set: on((*request).setWorkdir),
		Doc: "the directory to start in; it must exist inside", More: "A relative path is taken from the caller's directory, as in `--bind .:rw -w .`"},
	{Short: "e", Long: "env", Arg: "NAME[=VALUE]", Repeat: true, Common: true, Complete: cli.CompleteVariable, Set: on((*request).setEnv),
		Doc: "set a variable, or copy one from the caller", More: "The environment is otherwise empty but for PATH, HOME, USER, LOGNAME, SHELL, LANG, PWD and, with a terminal, TERM."},
	{Long: "env-file", Arg: "FILE", Repeat: true, Complete: cli.CompleteFile, Set: on((*request).setEnvFile),
		Doc: "read variables from a file of NAME=VALUE lines", More: "Quotes around a value are removed, lines that begin with # are skipped, NAME alone copies the caller's. Nothing is expanded."},
	{Long: "keep-env", Arg: "PATTERN", List: true, Repeat: true, Complete: cli.CompleteVariable, Set: on((*request).addKeepEnv),
		Doc: "copy variables from the caller, as in LC_*", More: "`--env` wins over a copied one."},
	{Long: "umask", Arg: "MODE", Default: "022", Set: on((*request).setUmask),
		Doc: "the permissions that new files do not get"},
}
