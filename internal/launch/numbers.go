package launch

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// numberOf returns the system call's number on this architecture.
func numberOf(name string) (uintptr, bool) {
	i, ok := slices.BinarySearchFunc(numbers[:], name, func(e number, name string) int { return strings.Compare(e.name, name) })
	if !ok {
		return 0, false
	}
	return numbers[i].nr, true
}

type number struct {
	name string
	nr   uintptr
}

// numbers are the calls that plans are made of, sorted by name.
var numbers = [...]number{
	{"capset", unix.SYS_CAPSET},
	{"chdir", unix.SYS_CHDIR},
	{"clock_gettime", unix.SYS_CLOCK_GETTIME},
	{"clone3", unix.SYS_CLONE3},
	{"close", unix.SYS_CLOSE},
	{"close_range", unix.SYS_CLOSE_RANGE},
	{"dup3", unix.SYS_DUP3},
	{"execve", unix.SYS_EXECVE},
	{"execveat", unix.SYS_EXECVEAT},
	{"exit_group", unix.SYS_EXIT_GROUP},
	{"fallocate", unix.SYS_FALLOCATE},
	{"fchdir", unix.SYS_FCHDIR},
	{"fcntl", unix.SYS_FCNTL},
	{"fsconfig", unix.SYS_FSCONFIG},
	{"fsmount", unix.SYS_FSMOUNT},
	{"fsopen", unix.SYS_FSOPEN},
	{"getpid", unix.SYS_GETPID},
	{"ioctl", unix.SYS_IOCTL},
	{"keyctl", unix.SYS_KEYCTL},
	{"kill", unix.SYS_KILL},
	{"landlock_add_rule", unix.SYS_LANDLOCK_ADD_RULE},
	{"landlock_create_ruleset", unix.SYS_LANDLOCK_CREATE_RULESET},
	{"landlock_restrict_self", unix.SYS_LANDLOCK_RESTRICT_SELF},
	{"mkdirat", unix.SYS_MKDIRAT},
	{"mknodat", unix.SYS_MKNODAT},
	{"mount", unix.SYS_MOUNT},
	{"mount_setattr", unix.SYS_MOUNT_SETATTR},
	{"move_mount", unix.SYS_MOVE_MOUNT},
	{"open_tree", unix.SYS_OPEN_TREE},
	{"openat", unix.SYS_OPENAT},
	{"openat2", unix.SYS_OPENAT2},
	{"personality", unix.SYS_PERSONALITY},
	{"pivot_root", unix.SYS_PIVOT_ROOT},
	{"prctl", unix.SYS_PRCTL},
	{"prlimit64", unix.SYS_PRLIMIT64},
	{"read", unix.SYS_READ},
	{"recvmsg", unix.SYS_RECVMSG},
	{"rt_sigaction", unix.SYS_RT_SIGACTION},
	{"rt_sigprocmask", unix.SYS_RT_SIGPROCMASK},
	{"sched_setaffinity", unix.SYS_SCHED_SETAFFINITY},
	{"seccomp", unix.SYS_SECCOMP},
	{"sendmsg", unix.SYS_SENDMSG},
	{"setdomainname", unix.SYS_SETDOMAINNAME},
	{"setgroups", unix.SYS_SETGROUPS},
	{"sethostname", unix.SYS_SETHOSTNAME},
	{"setns", unix.SYS_SETNS},
	{"setpriority", unix.SYS_SETPRIORITY},
	{"setresgid", unix.SYS_SETRESGID},
	{"setresuid", unix.SYS_SETRESUID},
	{"setsid", unix.SYS_SETSID},
	{"socket", unix.SYS_SOCKET},
	{"symlinkat", unix.SYS_SYMLINKAT},
	{"timer_create", unix.SYS_TIMER_CREATE},
	{"timer_settime", unix.SYS_TIMER_SETTIME},
	{"umask", unix.SYS_UMASK},
	{"umount2", unix.SYS_UMOUNT2},
	{"unlinkat", unix.SYS_UNLINKAT},
	{"unshare", unix.SYS_UNSHARE},
	{"wait4", unix.SYS_WAIT4},
	{"write", unix.SYS_WRITE},
}
