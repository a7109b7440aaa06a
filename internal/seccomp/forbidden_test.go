package seccomp

import (
	"fmt"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// none is an argument that is no address, no descriptor and no valid flag.
const none = ^uint64(0)

// forbidden is a call that a policy refuses. Without the filter it must end in
// another way, or the test would prove nothing.
type forbidden struct {
	name      string
	call      uint64
	arguments [6]uint64
	want      syscall.Errno
	// root says that without privilege the kernel refuses it in the same way.
	root bool
}

// args fills up a call's arguments.
func args(a ...uint64) (all [6]uint64) {
	copy(all[:], a)
	return all
}

// byDefault are refused by every policy.
var byDefault = []forbidden{
	{"unshare user", unix.SYS_UNSHARE, args(unix.CLONE_NEWUSER | unix.CLONE_NEWUTS), syscall.EPERM, false},
	{"unshare time", unix.SYS_UNSHARE, args(unix.CLONE_NEWTIME), syscall.EPERM, true},
	{"clone user", unix.SYS_CLONE, args(unix.CLONE_NEWUSER | unix.CLONE_FS), syscall.EPERM, false},
	{"clone net, high bits", unix.SYS_CLONE, args(1<<40 | unix.CLONE_NEWNET | unix.CLONE_SIGHAND), syscall.EPERM, false},
	{"clone3", unix.SYS_CLONE3, args(0, 0), syscall.ENOSYS, false},
	{"setns", unix.SYS_SETNS, args(none, 0), syscall.EPERM, false},
	{"mount", unix.SYS_MOUNT, args(none, none, none), syscall.EPERM, true},
	{"umount2", unix.SYS_UMOUNT2, args(none, 0), syscall.EPERM, true},
	{"pivot_root", unix.SYS_PIVOT_ROOT, args(none, none), syscall.EPERM, true},
	{"open_tree", unix.SYS_OPEN_TREE, args(none, none, 0), syscall.EPERM, false},
	{"move_mount", unix.SYS_MOVE_MOUNT, args(none, none, none, none, 0), syscall.EPERM, true},
	{"fsopen", unix.SYS_FSOPEN, args(none, 0), syscall.EPERM, true},
	{"fsconfig", unix.SYS_FSCONFIG, args(none, none), syscall.EPERM, false},
	{"fsmount", unix.SYS_FSMOUNT, args(none, 0, 0), syscall.EPERM, true},
	{"fspick", unix.SYS_FSPICK, args(none, none, 0), syscall.EPERM, true},
	{"mount_setattr", unix.SYS_MOUNT_SETATTR, args(none, none, none), syscall.EPERM, false},
	{"sethostname", unix.SYS_SETHOSTNAME, args(none, none), syscall.EPERM, true},
	{"io_uring_setup", unix.SYS_IO_URING_SETUP, args(1, none), syscall.ENOSYS, false},
	{"io_uring_enter", unix.SYS_IO_URING_ENTER, args(none), syscall.ENOSYS, false},
	{"io_uring_register", unix.SYS_IO_URING_REGISTER, args(none, none), syscall.ENOSYS, false},
	{"keyctl", unix.SYS_KEYCTL, args(unix.KEYCTL_GET_KEYRING_ID, none-1, 0), syscall.ENOSYS, false},
	{"add_key", unix.SYS_ADD_KEY, args(none, none, 0, 0, 0), syscall.ENOSYS, false},
	{"request_key", unix.SYS_REQUEST_KEY, args(none, none, 0, 0), syscall.ENOSYS, false},
	{"bpf", unix.SYS_BPF, args(none, none, 8), syscall.EPERM, true},
	{"perf_event_open", unix.SYS_PERF_EVENT_OPEN, args(none, 0, 0, none, 0), syscall.EPERM, false},
	{"userfaultfd", unix.SYS_USERFAULTFD, args(1), syscall.EPERM, false},
	{"ptrace", unix.SYS_PTRACE, args(unix.PTRACE_TRACEME), syscall.EPERM, false},
	{"process_vm_readv", unix.SYS_PROCESS_VM_READV, args(1, 0, 0, 0, 0, 1), syscall.EPERM, false},
	{"process_vm_writev", unix.SYS_PROCESS_VM_WRITEV, args(1, 0, 0, 0, 0, 1), syscall.EPERM, false},
	{"kcmp", unix.SYS_KCMP, args(none, none, 0, 0, 0), syscall.EPERM, false},
	{"swapon", unix.SYS_SWAPON, args(none, 0), syscall.EPERM, true},
	{"swapoff", unix.SYS_SWAPOFF, args(none), syscall.EPERM, true},
	{"reboot", unix.SYS_REBOOT, args(0, 0, 0, 0), syscall.EPERM, true},
	{"kexec_load", unix.SYS_KEXEC_LOAD, args(0, none, 0, none), syscall.EPERM, true},
	{"init_module", unix.SYS_INIT_MODULE, args(none, 0, none), syscall.EPERM, true},
	{"finit_module", unix.SYS_FINIT_MODULE, args(none, none, none), syscall.EPERM, true},
	{"delete_module", unix.SYS_DELETE_MODULE, args(none, 0), syscall.EPERM, true},
	{"acct", unix.SYS_ACCT, args(none), syscall.EPERM, true},
	{"quotactl", unix.SYS_QUOTACTL, args(none, none, 0, 0), syscall.EPERM, false},
	{"syslog", unix.SYS_SYSLOG, args(none, 0, 0), syscall.EPERM, true},
	{"fanotify_init", unix.SYS_FANOTIFY_INIT, args(none, none), syscall.EPERM, true},
	{"settimeofday", unix.SYS_SETTIMEOFDAY, args(none, none), syscall.EPERM, false},
	{"clock_settime", unix.SYS_CLOCK_SETTIME, args(none, none), syscall.EPERM, false},
	{"adjtimex", unix.SYS_ADJTIMEX, args(none), syscall.EPERM, false},
	{"clock_adjtime", unix.SYS_CLOCK_ADJTIME, args(0, none), syscall.EPERM, false},
	{"name_to_handle_at", unix.SYS_NAME_TO_HANDLE_AT, args(none, none, none, none, 0), syscall.EPERM, false},
	{"open_by_handle_at", unix.SYS_OPEN_BY_HANDLE_AT, args(none, none, 0), syscall.EPERM, true},
	{"move_pages", unix.SYS_MOVE_PAGES, args(0, 0, 0, 0, 0, none), syscall.EPERM, false},
	{"personality without randomisation", unix.SYS_PERSONALITY, args(0x40000), syscall.EPERM, false},
	{"TIOCSTI", unix.SYS_IOCTL, args(none, unix.TIOCSTI), syscall.EPERM, false},
	{"TIOCSTI + 2^32", unix.SYS_IOCTL, args(none, unix.TIOCSTI+1<<32), syscall.EPERM, false},
	{"TIOCLINUX", unix.SYS_IOCTL, args(none, unix.TIOCLINUX), syscall.EPERM, false},
	{"TIOCSETD", unix.SYS_IOCTL, args(none, unix.TIOCSETD), syscall.EPERM, false},
	{"socket vsock", unix.SYS_SOCKET, args(unix.AF_VSOCK, 99), syscall.EAFNOSUPPORT, false},
	{"socket packet", unix.SYS_SOCKET, args(unix.AF_PACKET, 99), syscall.EAFNOSUPPORT, false},
	{"socketpair inet", unix.SYS_SOCKETPAIR, args(unix.AF_INET, 99), syscall.EAFNOSUPPORT, false},
	{"memfd_secret", unix.SYS_MEMFD_SECRET, args(1), syscall.ENOSYS, false},
	{"process_mrelease", unix.SYS_PROCESS_MRELEASE, args(none, none), syscall.ENOSYS, false},
}

func TestForbiddenByDefault(t *testing.T) {
	checkForbidden(t, Default, Options{}, byDefault)
}

func TestForbiddenNetlink(t *testing.T) {
	checkForbidden(t, Default, Options{}, []forbidden{
		{"netlink generic", unix.SYS_SOCKET, args(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_GENERIC), syscall.EPROTONOSUPPORT, false},
		{"packet by SOCK_PACKET", unix.SYS_SOCKET, args(unix.AF_INET, unix.SOCK_PACKET), syscall.EAFNOSUPPORT, false},
	})
}

func TestForbiddenByStrict(t *testing.T) {
	checkForbidden(t, Strict, Options{}, []forbidden{
		{"socket unix", unix.SYS_SOCKET, args(unix.AF_UNIX, unix.SOCK_STREAM), syscall.EAFNOSUPPORT, false},
		{"socket inet", unix.SYS_SOCKET, args(unix.AF_INET, unix.SOCK_STREAM), syscall.EAFNOSUPPORT, false},
		{"memfd_create", unix.SYS_MEMFD_CREATE, args(none, 0), syscall.ENOSYS, false},
		{"inotify", unix.SYS_INOTIFY_INIT1, args(none), syscall.ENOSYS, false},
		{"shmget", unix.SYS_SHMGET, args(0, 0, 0), syscall.ENOSYS, false},
		{"seccomp", unix.SYS_SECCOMP, args(none), syscall.ENOSYS, false},
		{"dnotify", unix.SYS_FCNTL, args(none, unix.F_NOTIFY), syscall.EPERM, false},
		{"linkat", unix.SYS_LINKAT, args(none, none, none, none, 0), syscall.EPERM, false},
		{"symlinkat", unix.SYS_SYMLINKAT, args(none, none, none), syscall.EPERM, false},
		{"mknodat", unix.SYS_MKNODAT, args(none, none, 0o10600, 0), syscall.EPERM, false},
		{"connect", unix.SYS_CONNECT, args(none, none, 0), syscall.EPERM, false},
	})
}

func TestForbiddenByGuard(t *testing.T) {
	for _, o := range []Options{{GuardSetID: true}, {GuardSetID: true, Nest: true}} {
		checkForbidden(t, Build, o, []forbidden{
			{"fchmod", unix.SYS_FCHMOD, args(none, 0o4755), syscall.EPERM, false},
			{"fchmod, 17th bit", unix.SYS_FCHMOD, args(none, 1<<16|0o4755), syscall.EPERM, false},
			{"fchmodat", unix.SYS_FCHMODAT, args(none, none, 0o2755), syscall.EPERM, false},
			{"fchmodat2", unix.SYS_FCHMODAT2, args(none, none, 0o6755, 0), syscall.EPERM, false},
			{"mkdirat", unix.SYS_MKDIRAT, args(none, none, 0o2755), syscall.EPERM, false},
			{"mknodat", unix.SYS_MKNODAT, args(none, none, 0o104755), syscall.EPERM, false},
			{"openat", unix.SYS_OPENAT, args(none, none, unix.O_CREAT, 0o4755), syscall.EPERM, false},
			{"openat tmpfile", unix.SYS_OPENAT, args(none, none, unix.O_TMPFILE|unix.O_RDWR, 0o4755), syscall.EPERM, false},
			{"openat2", unix.SYS_OPENAT2, args(none, none, none, 24), syscall.ENOSYS, false},
		})
	}
}

// checkForbidden makes each call with and without the filter.
func checkForbidden(t *testing.T, policy string, o Options, table []forbidden) {
	needSeccomp(t)
	code, _ := Precompiled(policy, o, Native())
	calls := make([]systemCall, len(table))
	for i, c := range table {
		calls[i] = systemCall{c.call, c.arguments}
	}
	filtered := results(t, code, calls)
	if len(filtered) != len(table) {
		t.Fatalf("%d of %d calls came back", len(filtered), len(table))
	}
	for i, c := range table {
		t.Run(fmt.Sprintf("%s/%s", policy, c.name), func(t *testing.T) {
			if filtered[i] != c.want {
				t.Fatalf("with the filter: %q, want %q", filtered[i], c.want)
			}
			if c.root {
				needRoot(t)
			}
			control := results(t, nil, calls[i:i+1])
			if len(control) == 1 && control[0] == c.want {
				missing(t, "syscall-"+c.name, "this kernel refuses the call in the same way without the filter")
			}
		})
	}
}

// TestAllowedReachTheKernel is the other side: the filter lets ordinary calls through.
func TestAllowedReachTheKernel(t *testing.T) {
	needSeccomp(t)
	code, _ := Precompiled(Default, Options{GuardSetID: true}, Native())
	table := []forbidden{
		{"socket unix", unix.SYS_SOCKET, args(unix.AF_UNIX, unix.SOCK_STREAM), 0, false},
		{"socket inet", unix.SYS_SOCKET, args(unix.AF_INET, unix.SOCK_STREAM), 0, false},
		{"socket inet6", unix.SYS_SOCKET, args(unix.AF_INET6, unix.SOCK_DGRAM), 0, false},
		{"netlink route", unix.SYS_SOCKET, args(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE), 0, false},
		{"personality query", unix.SYS_PERSONALITY, args(0xffffffff), 0, false},
		{"fchmod without set-id", unix.SYS_FCHMOD, args(none, 0o1777), syscall.EBADF, false},
		{"openat that creates nothing", unix.SYS_OPENAT, args(none, none, 0, 0o4755), syscall.EFAULT, false},
		{"ioctl", unix.SYS_IOCTL, args(none, unix.TCGETS), syscall.EBADF, false},
		{"unshare files", unix.SYS_UNSHARE, args(unix.CLONE_FILES), 0, false},
		{"clone, bad flags", unix.SYS_CLONE, args(unix.CLONE_SIGHAND), syscall.EINVAL, false},
		{"inotify", unix.SYS_INOTIFY_INIT1, args(0), 0, false},
		{"landlock version", unix.SYS_LANDLOCK_CREATE_RULESET, args(0, 0, none), syscall.EINVAL, false},
	}
	var calls []systemCall
	for _, c := range table {
		calls = append(calls, systemCall{c.call, c.arguments})
	}
	got := results(t, code, calls)
	control := results(t, nil, calls)
	if len(got) != len(table) || len(control) != len(table) {
		t.Fatalf("%d and %d of %d calls came back", len(got), len(control), len(table))
	}
	for i, c := range table {
		if got[i] != control[i] {
			t.Errorf("%s: %q with the filter, %q without", c.name, got[i], control[i])
		}
		if got[i] != c.want {
			t.Logf("%s: %q here, %q usually", c.name, got[i], c.want)
		}
	}
}

// endsItself are the calls that end, stop or fork their caller by themselves.
func endsItself() []uint64 {
	names := []string{"exit", "exit_group", "rt_sigreturn", "pause", "fork", "vfork", "uretprobe", "uprobe", "restart_syscall", "rt_sigsuspend"}
	var numbers []uint64
	for _, name := range names {
		if entry, ok := find(Native().abi().calls(), name, callName); ok {
			numbers = append(numbers, uint64(entry.number))
		}
	}
	return numbers
}

// TestNoNumberKills makes every call from 0 to 64 beyond the highest, and their x32 twins.
func TestNoNumberKills(t *testing.T) {
	needSeccomp(t)
	var highest uint64
	for _, c := range Native().abi().calls() {
		highest = max(highest, uint64(c.number))
	}
	var calls []systemCall
	for _, bit := range []uint64{0, 1 << 30} {
		for number := range highest + 65 {
			if bit == 0 && slices.Contains(endsItself(), number) {
				continue
			}
			calls = append(calls, systemCall{number | bit, [6]uint64{none, none, none, none, none, none}})
		}
	}
	for _, policy := range []string{Default, Build, Strict} {
		code, _ := Precompiled(policy, Options{}, Native())
		got := results(t, code, calls)
		if len(got) != len(calls) {
			t.Fatalf("%s: call %d ended the program", policy, calls[len(got)].number)
		}
		for i, c := range calls {
			if c.number > highest && got[i] != syscall.ENOSYS {
				t.Errorf("%s: call %#x: %q, want ENOSYS", policy, c.number, got[i])
			}
		}
	}
}
