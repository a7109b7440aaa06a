package main

import "github.com/bulkhead/bulkhead/internal/cli"

var mayFlags = []cli.Flag{
	{Long: "cap-add", Arg: "CAPABILITY", List: true, Repeat: true, Values: capabilityNames, Set: on((*request).addCap),
		Doc: "leave the program a capability, as in NET_BIND_SERVICE", More: "It counts only inside the sandbox's own namespaces. The default is none.", Common: true},
	{Long: "cap-drop", Arg: "CAPABILITY|all", List: true, Repeat: true, Values: capabilityNames, Set: on((*request).dropCap),
		Doc: "take back one that the profile or the Spec file gives"},
	{Long: "new-privs", Set: on(func(r *request, _ string) error { r.spec.AllowNewPrivs = true; return nil }),
		Doc: "let set-user-ID programs act, within the sandbox"},
	{Long: "seccomp", Arg: "NAME|FILE", Common: true, Default: "the profile's", Values: seccompNames, Complete: cli.CompleteFile, Set: on((*request).setSeccomp),
		Doc: "which system calls it may make", More: "`none` switches the filter off and takes a strong wall away."},
	{Long: "seccomp-rule", Arg: "RULE", Repeat: true, Set: on(func(r *request, v string) error {
		r.spec.Seccomp.Rules = append(r.spec.Seccomp.Rules, v)
		return nil
	}),
		Doc: "a line of the policy language, put before the policy", More: "As in `--seccomp-rule 'errno EPERM ptrace'`."},
	{Long: "landlock", Arg: "MODE", Default: "off", Values: []string{"off", "on", "only"}, Closed: true, Set: on((*request).setLandlock),
		Doc: "a second wall around files and network", More: "`only` makes it the only one, for hosts that forbid user namespaces."},
	{Long: "landlock-connect", Arg: "PORT", List: true, Repeat: true, Set: on(func(r *request, v string) error { return addPort(&r.spec.Landlock.ConnectTCP, v) }),
		Doc: "allow TCP connections to these ports only"},
	{Long: "landlock-bind", Arg: "PORT", List: true, Repeat: true, Set: on(func(r *request, v string) error { return addPort(&r.spec.Landlock.BindTCP, v) }),
		Doc: "allow listening on these TCP ports only"},
	{Long: "nest", Set: on(func(r *request, _ string) error { r.spec.Nest = true; return nil }),
		Doc: "let it make sandboxes of its own", More: "A browser or bulkhead itself needs that. It widens what the program can reach in the kernel."},
	{Long: "pass-fd", Arg: "N", List: true, Repeat: true, Set: on((*request).addPassFD),
		Doc: "hand on an open descriptor, under the same number", More: "All others but 0, 1 and 2 stay outside."},
	{Long: "no-aslr", Set: on(func(r *request, _ string) error { r.spec.NoASLR = true; return nil }),
		Doc: "place memory at the same addresses in each run"},
	{Long: "allow-drop", Arg: "PROTECTION", List: true, Repeat: true, Values: protectionNames, Closed: true, Set: on((*request).addDrop),
		Doc: "go on without a protection that this host cannot give", More: "What was dropped is printed and listed in the result. Without this flag, a protection that is missing is an error. A limit that a flag asks for is never dropped, unless this flag names it."},
}

// capabilityNames and protectionNames are what the shell offers; a test holds
// them against package spec.
var capabilityNames = []string{
	"AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN", "DAC_OVERRIDE",
	"DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN",
	"MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID",
	"SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT",
	"SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM",
}

var protectionNames = []string{
	"cgroup", "memory", "swap", "pids", "cpu", "io", "time-namespace", "proc", "id-map", "own", "landlock", "core-scheduling",
}
