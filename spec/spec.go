package spec

// Spec is everything bulkhead needs to know about one sandbox.
//
// A field left at its zero value means the default named in its comment.
type Spec struct {
	// Name identifies the sandbox to ps, exec, stop and the other commands. It
	// is a DNS label of at most 63 characters; empty means a generated one.
	Name string `json:"name,omitempty"`
	// Command is the program and its arguments, byte for byte. A name without
	// a slash is looked up in PATH, inside the sandbox.
	Command []string `json:"command,omitempty"`
	// Workdir is the directory the program starts in; it must exist inside.
	// Default: the user's home directory; / in a root of kind "dir" without
	// overlay; the launcher's own where the program shares the host's mounts.
	Workdir string `json:"workdir,omitempty"`
	// Env is the whole environment, added to the minimum that every program
	// gets (PATH, HOME, USER, LOGNAME, SHELL, LANG, PWD, TERM with a terminal); see Environ.
	Env map[string]string `json:"env,omitempty"`
	// KeepEnv names variables copied from the launcher: names or prefixes ending in "*".
	KeepEnv []string `json:"keep_env,omitempty"`
	// Umask of the program. Default 022.
	Umask *FileMode `json:"umask,omitempty"`
	// User is who the program is, inside.
	User User `json:"user,omitzero"`
	// Namespaces says, kind by kind, whether the program gets a new
	// namespace (default), shares the host's, or joins another.
	Namespaces Namespaces `json:"namespaces,omitzero"`
	// Hostname and Domainname inside a new UTS namespace.
	// Default "bulkhead" and "(none)".
	Hostname   string `json:"hostname,omitempty"`
	Domainname string `json:"domainname,omitempty"`
	// Root is what "/" is.
	Root Root `json:"root,omitzero"`
	// Mounts are made in the order written, on top of Root.
	Mounts []Mount `json:"mounts,omitempty"`
	// Proc says how /proc looks.
	Proc Proc `json:"proc,omitzero"`
	// Capabilities the program keeps, such as "NET_BIND_SERVICE". Default
	// none. They count only inside the sandbox's own namespaces.
	Capabilities []Capability `json:"capabilities,omitempty"`
	// AllowNewPrivs lets set-user-ID programs and file capabilities act
	// (within the sandbox's user namespace). Default false: no_new_privs.
	AllowNewPrivs bool `json:"allow_new_privs,omitempty"`
	// Seccomp is the system-call policy.
	Seccomp Seccomp `json:"seccomp,omitzero"`
	// Landlock adds a second file-system and network wall, checked by another
	// part of the kernel.
	Landlock Landlock `json:"landlock,omitzero"`
	// Nest lets the program make namespaces of its own, so that a sandbox
	// (bulkhead itself, a browser) works inside. It widens the kernel's attack surface.
	Nest bool `json:"nest,omitempty"`
	// Limits on memory, processes, time, output and disk.
	Limits Limits `json:"limits,omitzero"`
	// Scheduling of the program.
	Scheduling Scheduling `json:"scheduling,omitzero"`
	// Clock offsets of a new time namespace.
	Clock Clock `json:"clock,omitzero"`
	// NoASLR switches address-space randomisation off, for runs that repeat exactly (personality(2) ADDR_NO_RANDOMIZE).
	NoASLR bool `json:"no_aslr,omitempty"`
	// Terminal gives the program a pseudo-terminal of its own.
	Terminal bool `json:"terminal,omitempty"`
	// PassFDs are the launcher's descriptors, 3 and up, that the program keeps, under the same number.
	PassFDs []int `json:"pass_fds,omitempty"`
	// AsPID1 runs the program itself as process 1 instead of under the tiny
	// init that reaps orphans and forwards signals.
	AsPID1 bool `json:"as_pid_1,omitempty"`
	// Watch lists host paths that the program must not make, replace or alter
	// but that no mount can keep from it, such as ".git/hooks" before it exists.
	// Those it did are listed in Result.Changed.
	Watch []string `json:"watch,omitempty"`
	// AllowDrop names the protections that may be given up where this host
	// cannot provide them; each one given up is listed in the Result.
	// Anything not named here is an error instead.
	AllowDrop []Protection `json:"allow_drop,omitempty"`
}

// User is the identity of the program inside its user namespace. Outside it is
// always one unprivileged id: the caller's own, or, when root starts the
// sandbox, one that belongs to no account.
type User struct {
	// UID and GID inside. Default 1000:1000; the GID alone defaults to the
	// UID. With the host's user namespace there is no default: the program is who the launcher is.
	UID *uint32 `json:"uid,omitempty"`
	GID *uint32 `json:"gid,omitempty"`
	// Name is the login name; it gets an entry in a generated /etc/passwd.
	// Default "root" for id 0, else "user".
	Name string `json:"name,omitempty"`
	// Home is the home directory, a private writable tmpfs unless a mount covers it. Default "/root" for id 0, else "/home/NAME";
	// "/" where the program shares mounts with others and gets no tree of its own.
	Home string `json:"home,omitempty"`
	// Groups are supplementary groups; they need a map that holds them.
	Groups []uint32 `json:"groups,omitempty"`
	// UIDMap and GIDMap replace the single-id map. Outside ids must be the
	// caller's sub-ids (/etc/subuid) unless root starts the sandbox.
	UIDMap []IDMap `json:"uid_map,omitempty"`
	GIDMap []IDMap `json:"gid_map,omitempty"`
}

// IDMap maps Count ids from Inside on to ids from Outside on; user_namespaces(7).
type IDMap struct {
	// Inside is the first id inside.
	Inside uint32 `json:"inside"`
	// Outside is the first id outside.
	Outside uint32 `json:"outside"`
	// Count is how many ids are mapped.
	Count uint32 `json:"count"`
}

// Root is the file tree that becomes "/".
type Root struct {
	// Kind is "host" (default: the host's system programs and libraries,
	// read-only, without its secrets), "dir" or "empty" (a tmpfs to fill).
	Kind RootKind `json:"kind,omitempty"`
	// Dir is the directory for kind "dir".
	Dir string `json:"dir,omitempty"`
	// Writable makes the root itself writable. For kind "host" and "dir" that
	// is an error without Overlay, unless the directory itself is to be changed (kind "dir").
	Writable bool `json:"writable,omitempty"`
	// Overlay puts a writable layer over the root.
	Overlay *Overlay `json:"overlay,omitempty"`
	// Size and Inodes cap the root tmpfs (kind "empty"). Default 64M, 65536.
	Size   Size  `json:"size,omitempty"`
	Inodes int64 `json:"inodes,omitempty"`
}

// Overlay is a writable layer over a read-only tree. Before Linux 6.6 a layer
// in memory that is not root's cannot remove or replace the tree's directories
// (the program gets EIO): keep it on a disk there. Files keep their owners: in a
// sandbox that root starts, and over the host's system, root's files belong to
// nobody inside and cannot be changed, while new ones can be made where the
// directory's mode allows it. Over the host's system only the directories that
// show whole, such as /usr and /opt, have a layer; what is written elsewhere (/etc, /) is in memory and not kept.
type Overlay struct {
	// Dir keeps the changes in this host directory (it gets "upper", "work" and
	// the links "lower" and "marks" inside). Links above it are followed as named, itself and what is
	// beneath must be none. The kernel leaves a directory of mode 000 in "work": before rm -rf
	// by another than root, chmod -R u+rwX it. Empty: they are thrown away with the sandbox.
	Dir string `json:"dir,omitempty"`
	// Size and Inodes cap a layer that is thrown away. Default 512M, 262144.
	Size   Size  `json:"size,omitempty"`
	Inodes int64 `json:"inodes,omitempty"`
}

// Mount is one thing placed into the program's file tree.
type Mount struct {
	// Type: bind, tmpfs, overlay, file, dir, symlink, mqueue or sysfs.
	Type MountType `json:"type,omitempty"`
	// Source: a host path or "fd:N" for bind, the link's text for symlink,
	// the lower directory for overlay. As in every host path, a leading "."
	// is the launcher's working directory and "~" its home; see Resolve.
	Source string `json:"source,omitempty"`
	// Beneath is a directory above the source of a bind: no symbolic link may
	// lead from there to the source. Resolve sets it for what it guards, because
	// a program that runs already could put one there.
	Beneath string `json:"beneath,omitempty"`
	// Target is the absolute path inside; "." and "~" at its front mean the
	// same path as outside. Links in it are followed inside the sandbox's
	// root, never outside. Missing directories are made where the root or a
	// tmpfs allows it; never in a host directory.
	Target string `json:"target"`
	// Write makes a bind writable. Default: read-only, recursively.
	Write bool `json:"write,omitempty"`
	// Dev allows device nodes in a bind.
	Dev bool `json:"dev,omitempty"`
	// NoExec forbids running programs from it.
	NoExec bool `json:"noexec,omitempty"`
	// Optional skips a bind whose source does not exist.
	Optional bool `json:"optional,omitempty"`
	// Own makes the files of the source's owner belong to the program's user
	// (an id-mapped mount, needs root to start the sandbox). Default: yes for
	// writable binds, no for read-only ones; for an overlay yes from Linux 5.19
	// on, if the source's file system supports it. Files of other owners belong to nobody inside.
	Own *bool `json:"own,omitempty"`
	// Size and Inodes cap a tmpfs or a throw-away overlay. Default 64M, 65536.
	Size   Size  `json:"size,omitempty"`
	Inodes int64 `json:"inodes,omitempty"`
	// Mode of a tmpfs root, dir or file. Default 0755 (dir, tmpfs), 0644 (file).
	Mode *FileMode `json:"mode,omitempty"`
	// Data is the content of a file; DataFD reads it from a descriptor.
	Data   string `json:"data,omitempty"`
	DataFD *int   `json:"data_fd,omitempty"`
	// Upper keeps an overlay's changes in this host directory, as Overlay.Dir does; empty: thrown away.
	Upper string `json:"upper,omitempty"`
	// Guard lists paths below the source of a writable bind that stay
	// read-only, such as ".envrc": files that a program outside obeys without
	// asking. What does not exist at start cannot be covered without leaving
	// traces in the directory: it goes to Spec.Watch instead.
	Guard []string `json:"guard,omitempty"`
	// Hide lists paths below the source of a bind that are covered by nothing, such as ".env".
	Hide []string `json:"hide,omitempty"`
	// Git guards the hooks and the configuration of the Git repository that
	// the source holds or belongs to, wherever a ".git" file or link says
	// they are, and makes a repository outside the source available to the program.
	Git bool `json:"git,omitempty"`
}

// Proc says how /proc looks in a new pid namespace.
type Proc struct {
	// Off leaves /proc out.
	Off bool `json:"off,omitempty"`
	// HidePID hides other users' processes: "off" (default), "noaccess", "invisible" (proc(5) hidepid=).
	HidePID string `json:"hidepid,omitempty"`
	// PIDsOnly leaves only the processes' directories, nothing about the machine (proc(5) subset=pid, Linux 5.8).
	PIDsOnly bool `json:"pids_only,omitempty"`
	// ReadOnly mounts it read-only.
	ReadOnly bool `json:"read_only,omitempty"`
	// Mask lists paths below /proc and /sys that are covered by nothing; those
	// that do not exist are skipped. Default none: host root owns what is
	// secret there, and it is not mapped inside.
	Mask []string `json:"mask,omitempty"`
}

// Seccomp is the system-call policy.
type Seccomp struct {
	// Policy is a built-in name (default, strict, build, shell, agent, none) or
	// a file, told apart by a slash: "./mine". Default "default".
	Policy string `json:"policy,omitempty"`
	// Rules are further lines of the policy language, put before the policy's own.
	Rules []string `json:"rules,omitempty"`
}

// Landlock is the second wall; landlock(7).
type Landlock struct {
	// Mode: "off" (default), "on": the same view as the mounts, enforced again, or
	// "only": the only wall, where user namespaces are forbidden. In each of them
	// files that are standard streams or passed cannot be opened again for more
	// than they were given for; with "off" not where the program may mount.
	Mode string `json:"mode,omitempty"`
	// ConnectTCP and BindTCP are the ports allowed; nil leaves the network alone (Linux 6.7, ABI 4).
	ConnectTCP []uint16 `json:"connect_tcp,omitzero"`
	BindTCP    []uint16 `json:"bind_tcp,omitzero"`
}

// Limits holds what the program may use. 0 means the default and Unlimited
// none. A limit whose default is none stays 0 in WithDefaults: there 0 and
// Unlimited both mean none, except for Swap, where 0 is no swap.
type Limits struct {
	// Memory is memory.max: what the program's processes, page cache and tmpfs may hold. Default 4G.
	Memory Size `json:"memory,omitempty"`
	// MemoryHigh throttles above this; memory.high. Default none.
	MemoryHigh Size `json:"memory_high,omitempty"`
	// Swap beyond Memory. Default 0: none, on v2 and on v1.
	Swap Size `json:"swap,omitempty"`
	// Pids is the number of processes and threads. Default 1024.
	Pids int64 `json:"pids,omitempty"`
	// CPUs is how many processors' worth of time: 1.5 means 150 ms in each 100 ms. Default no quota.
	CPUs float64 `json:"cpus,omitempty"`
	// CPUWeight is the share under contention, 1 to 10000. Default the kernel's, 100.
	CPUWeight int64 `json:"cpu_weight,omitempty"`
	// Cpuset lists processors, as in "0-1,4"; cpuset.cpus.
	Cpuset string `json:"cpuset,omitempty"`
	// IO limits block devices; io.max.
	IO []IOLimit `json:"io,omitempty"`
	// CPUTime is user plus system time of all processes together. Default none.
	CPUTime Duration `json:"cpu_time,omitempty"`
	// Wall is the time from exec to the end. Default 1h, or where CPUTime is
	// set 10s plus three times what that takes on the processors allowed; none with a terminal.
	Wall Duration `json:"wall,omitempty"`
	// Idle ends a program none of whose processes used the processor for this long. Default none.
	Idle Duration `json:"idle,omitempty"`
	// Grace is the extra time beyond CPUTime and Wall before the program is killed: the Result still names the limit, but the
	// measured times show by how much it was passed. Default none.
	Grace Duration `json:"grace,omitempty"`
	// Output is the number of bytes on stdout and stderr together, or on the terminal, which echoes what is typed. Default none.
	Output Size `json:"output,omitempty"`
	// FileSize is the largest file the program may write; RLIMIT_FSIZE. Default none.
	FileSize Size `json:"file_size,omitempty"`
	// Tmp caps /tmp, /home and /dev/shm, each. Default 512M with 65536 inodes.
	Tmp       Size  `json:"tmp,omitempty"`
	TmpInodes int64 `json:"tmp_inodes,omitempty"`
	// Stack is RLIMIT_STACK. Default 8M; Unlimited up to the caller's hard limit.
	Stack Size `json:"stack,omitempty"`
	// OpenFiles is the soft RLIMIT_NOFILE; the hard one is the same, but at least 4096. Default 1024.
	OpenFiles int64 `json:"open_files,omitempty"`
	// Rlimits sets further resource limits by name ("memlock", "nice" ...), soft and hard alike, but for "cpu" the hard one a second later; getrlimit(2).
	// No process gets more than the caller's hard limit: to ask for a number above it is an error.
	Rlimits map[string]Size `json:"rlimits,omitempty"`
}

// IOLimit is one line of io.max. Zero means no limit.
type IOLimit struct {
	// Device is a path such as /dev/sda, or MAJOR:MINOR.
	Device string `json:"device"`
	// ReadBPS and WriteBPS are bytes per second.
	ReadBPS  Size `json:"read_bps,omitempty"`
	WriteBPS Size `json:"write_bps,omitempty"`
	// ReadIOPS and WriteIOPS are operations per second.
	ReadIOPS  int64 `json:"read_iops,omitempty"`
	WriteIOPS int64 `json:"write_iops,omitempty"`
}

// Scheduling of the program.
type Scheduling struct {
	// Nice from 0 to 19.
	Nice int `json:"nice,omitempty"`
	// Affinity lists processors by sched_setaffinity(2), as in "0,2-3". Unlike Limits.Cpuset it needs no cgroup, and the program may change it.
	Affinity string `json:"affinity,omitempty"`
	// Core keeps strangers off the sibling hyperthreads (core scheduling, Linux 5.14).
	Core bool `json:"core,omitempty"`
}

// Clock offsets are added to the host's clocks; time_namespaces(7).
type Clock struct {
	// Monotonic and Boottime may be negative, as long as the clocks stay above zero.
	Monotonic Duration `json:"monotonic,omitempty"`
	Boottime  Duration `json:"boottime,omitempty"`
}
