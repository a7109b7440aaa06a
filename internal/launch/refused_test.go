package launch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/plan"
)

// What a host can refuse to a launcher, each in a process of its own: it makes
// itself subject to the restriction, starts, and prints the error with its hint.

func init() {
	for name, restrict := range map[string]func() error{
		"no user namespaces": func() error { return os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0) },
		"no privilege":       func() error { return nil },
		"no processes":       func() error { return unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: 1, Max: 1}) },
		"no clone3":          forbidClone3,
		"no exec of memfds":  func() error { return os.WriteFile("/proc/sys/vm/memfd_noexec", []byte("2"), 0) },
		"exec of memfds":     func() error { return os.WriteFile("/proc/sys/vm/memfd_noexec", []byte("1"), 0) },
	} {
		roles[name] = func() int { return tryUnder(name, restrict) }
	}
}

// flagsUnder is what is asked for under the restriction.
var flagsUnder = map[string]uint64{"no user namespaces": unix.CLONE_NEWUSER, "no privilege": unix.CLONE_NEWNS}

func tryUnder(name string, restrict func() error) int {
	runtime.LockOSThread() // a filter belongs to a thread
	if err := restrict(); err != nil {
		fmt.Println("restrict:", err)
		return 1
	}
	p := bareCommand()
	p.Clone.Flags |= flagsUnder[name]
	p.Init = strings.HasSuffix(name, "memfds")
	proc, err := Start(p)
	var e *StepError
	switch {
	case err == nil:
		proc.Reap()
		fmt.Print("started")
	case errors.As(err, &e):
		fmt.Printf("%v\n%s", err, e.Hint())
	default:
		fmt.Printf("no step: %v", err)
	}
	return 0
}

// bareCommand is a plan that needs nothing from a test.
func bareCommand() *plan.Plan { return byHand(runs(roleTB{}, "/bin/true")) }

// roleTB is what a role has for a test.
type roleTB struct{ testing.TB }

func (roleTB) Helper()        {}
func (roleTB) Fatal(a ...any) { panic(fmt.Sprint(a...)) }

// forbidClone3 does what sandboxes around us do: the call seems not to exist.
func forbidClone3() error {
	code := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: unix.SYS_CLONE3},
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ALLOW},
	}
	prog := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return errno
	}
	return nil
}

// nobody is who root becomes where a restriction does not hold for root.
func nobody() *syscall.SysProcAttr {
	if os.Getuid() != 0 {
		return nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 54321, Gid: 54321}}
}

// role runs a copy of this binary as something else, and returns what it prints.
func role(t *testing.T, name string, attr *syscall.SysProcAttr, env ...string) string {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(append(os.Environ(), roleVar+"="+name), env...)
	cmd.SysProcAttr = attr
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, text)
	}
	return string(text)
}

func TestRefusals(t *testing.T) {
	boxtest.RequireUserns(t)
	for _, test := range []struct {
		name  string
		attr  *syscall.SysProcAttr
		error string
		hint  string
	}{
		{"no user namespaces", newNamespaces(0), "create the sandbox's namespaces: clone3: no space left on device", "limit on namespaces"},
		{"no privilege", nobody(), "create the sandbox's namespaces: clone3: operation not permitted", "is forbidden here"},
		{"no processes", nobody(), "create the sandbox's namespaces: clone3: resource temporarily unavailable", "ulimit -u"},
		{"no clone3", nil, "create the sandbox's namespaces: clone3: function not implemented", "--nest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err, hint, _ := strings.Cut(role(t, test.name, test.attr), "\n")
			if err != test.error || !strings.Contains(hint, test.hint) {
				t.Errorf("%q, hint %q; want %q, one with %q", err, hint, test.error, test.hint)
			}
		})
	}
}

// Where memfds must not be executed there is no init, and the error says how to go on.
func TestNoExecMemfd(t *testing.T) {
	boxtest.RequireRoot(t, "the setting of a pid namespace is changed in a new one")
	if _, err := os.Stat("/proc/sys/vm/memfd_noexec"); err != nil {
		t.Skip("this kernel has no vm.memfd_noexec, which came with 6.3")
	}
	own := &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
	err, hint, _ := strings.Cut(role(t, "no exec of memfds", own), "\n")
	if err != "make the init program: memfd_create: permission denied" || !strings.Contains(hint, "vm.memfd_noexec") {
		t.Errorf("%q, hint %q", err, hint)
	}
	if got := role(t, "exec of memfds", own); got != "started" {
		t.Errorf("where they are only not executable by default: %q", got)
	}
}

// Every errno by which clone3 refuses has its own advice, in the form of all hints.
func TestCloneErrors(t *testing.T) {
	seen := map[string]unix.Errno{}
	for _, errno := range []unix.Errno{unix.EPERM, unix.ENOSPC, unix.EAGAIN, unix.ENOMEM, unix.ENOSYS, unix.EINVAL} {
		var e *StepError
		if err := cloneError(nil, errno); !errors.As(err, &e) || !errors.Is(err, errno) {
			t.Fatalf("%v", err)
		}
		hint := e.Hint()
		if other, twice := seen[hint]; hint == "" || twice || strings.HasSuffix(hint, ".") {
			t.Errorf("%v: %q, as for %v", errno, hint, other)
		}
		seen[hint] = errno
	}
}
