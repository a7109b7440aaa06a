package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tiocsti types a letter into the terminal that is its stdin, as if a person had; the word says by which number of the request.
func tiocsti(a []string) error {
	request := uintptr(unix.TIOCSTI)
	if a[0] == "wide" {
		request |= 1 << 32
	}
	return ioctl(0, request, 'x')
}

// tioclinux asks a virtual console for the state of its shift keys, which is the harmless one among the requests that paste.
func tioclinux([]string) error {
	const shiftState = 6
	return first([]string{"/dev/tty0", "/dev/tty1", "/dev/console"}, func(name string) error {
		fd, err := unix.Open(name, unix.O_RDWR|unix.O_NOCTTY, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return ioctl(fd, unix.TIOCLINUX, shiftState)
	})
}

// x32 makes the call getpid by the numbers of the x32 ABI.
func x32([]string) error {
	_, _, errno := syscall.RawSyscall(1<<30|unix.SYS_GETPID, 0, 0, 0)
	return errnoOf(errno)
}

// runProgram starts a program and takes 42 for success.
func runProgram(a []string) error {
	pid, err := syscall.ForkExec(a[0], a, nil)
	if err != nil {
		return err
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
		return err
	}
	if status.ExitStatus() != 42 {
		return fmt.Errorf("the program ended with %v", ending(status))
	}
	return nil
}

func ending(status unix.WaitStatus) string {
	if status.Signaled() {
		return unix.SignalName(status.Signal())
	}
	return fmt.Sprint("code ", status.ExitStatus())
}

// call is a system call that no ordinary program needs, with arguments that do no harm.
type call struct {
	name   string
	number uintptr
	a, b   uintptr
}

// bad is an address that is nobody's.
const bad = ^uintptr(0) - 4095

// newCalls are those that lists of forbidden calls used to miss.
var newCalls = []call{
	{"fsopen", unix.SYS_FSOPEN, bad, 0}, {"open_tree", unix.SYS_OPEN_TREE, bad, bad}, {"move_mount", unix.SYS_MOVE_MOUNT, bad, bad},
	{"mount_setattr", unix.SYS_MOUNT_SETATTR, bad, bad}, {"setns", unix.SYS_SETNS, bad, 0}, {"bpf", unix.SYS_BPF, 0, bad},
	{"userfaultfd", unix.SYS_USERFAULTFD, bad, 0}, {"perf_event_open", unix.SYS_PERF_EVENT_OPEN, bad, 0}, {"kexec_load", unix.SYS_KEXEC_LOAD, bad, bad},
	{"open_by_handle_at", unix.SYS_OPEN_BY_HANDLE_AT, bad, bad}, {"init_module", unix.SYS_INIT_MODULE, bad, bad}, {"swapon", unix.SYS_SWAPON, bad, 0},
	{"add_key", unix.SYS_ADD_KEY, bad, bad}, {"keyctl", unix.SYS_KEYCTL, bad, 0}, {"pivot_root", unix.SYS_PIVOT_ROOT, bad, bad},
	{"quotactl", unix.SYS_QUOTACTL, bad, bad}, {"fanotify_init", unix.SYS_FANOTIFY_INIT, bad, bad}, {"io_uring_setup", unix.SYS_IO_URING_SETUP, bad, bad},
}

// dangerousCalls succeeds when any of them gets past the filter to the kernel's own checks of arguments or rights.
func dangerousCalls([]string) error {
	for _, c := range newCalls {
		_, _, errno := syscall.RawSyscall6(c.number, c.a, c.b, bad, bad, bad, bad)
		if errno != syscall.ENOSYS && errno != syscall.EPERM {
			fmt.Fprintln(os.Stderr, "act: note", c.name, "answered", unix.ErrnoName(errno))
			return nil
		}
	}
	return syscall.ENOSYS
}

// uring makes a ring, by which input and output would pass the filter by.
func uring([]string) error {
	fd, err := uringSetup()
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// sweepSkip are calls that end or copy the process that makes them, and sync, which waits for the host's disks.
func sweepSkip(number uintptr) bool {
	return slices.Contains([]uintptr{unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_CLONE, unix.SYS_CLONE3, unix.SYS_RT_SIGRETURN, unix.SYS_SYNC}, number) || slices.Contains(sweepForks, number)
}

// newest is the last call that Linux 6.18 has, and lastCall past the 64 that the next years may bring.
const (
	newest   = 470
	lastCall = newest + 65
)

// sweep makes every system call there is, and 64 more, each in a process of its own with odd arguments. It succeeds when one that no
// program in a sandbox may make was answered by the kernel rather than by the filter.
func sweep([]string) error {
	if err := ownStreams(); err != nil {
		return err
	}
	dangerous := map[uintptr]string{}
	for _, c := range newCalls {
		dangerous[c.number] = c.name
	}
	reached := ""
	for number := range uintptr(lastCall) {
		if sweepSkip(number) {
			continue
		}
		name, patience := dangerous[number], 50*time.Millisecond
		if name != "" || number > newest {
			patience = 10 * time.Second // these must answer, however busy the machine is
		}
		for _, arg := range []uintptr{0, bad, 1 << 31} {
			code := oddCall(number, arg, patience)
			if name != "" && code != int(syscall.ENOSYS) && code != int(syscall.EPERM) {
				reached = name
			}
			if number > newest && code != int(syscall.ENOSYS) {
				reached = fmt.Sprint("number ", number)
			}
		}
	}
	if reached == "" {
		return syscall.ENOSYS
	}
	fmt.Fprintln(os.Stderr, "act: note", reached, "got past the filter")
	return nil
}

// ownStreams replaces stdin and stdout by a pipe of its own: descriptor 0 is among the odd arguments, and fchmod changes the host's
// /dev/null for everybody if that is what it leads to.
func ownStreams() error {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	if err := unix.Dup3(p[0], 0, 0); err != nil {
		return err
	}
	return unix.Dup3(p[1], 1, 0)
}

// releaseAgent tries, in namespaces of its own, to get at the program that the host runs when a cgroup of version 1 empties.
func releaseAgent([]string) error {
	return again(unix.CLONE_NEWUSER|unix.CLONE_NEWNS|unix.CLONE_NEWCGROUP, "mountcg")
}

// again runs another act in new namespaces, as their root; where it already is root, without a user namespace, too.
func again(flags uintptr, act string) error {
	err := spawnIn(flags, act)
	if err != nil && os.Geteuid() == 0 {
		err = spawnIn(flags&^unix.CLONE_NEWUSER, act)
	}
	return err
}

func spawnIn(flags uintptr, act string) error {
	attr := &syscall.ProcAttr{Files: []uintptr{0, 1}, Sys: &syscall.SysProcAttr{Cloneflags: flags}}
	if flags&unix.CLONE_NEWUSER != 0 {
		attr.Sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.Sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	runtime.LockOSThread()
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"escape", actArg, act}, attr)
	if err != nil {
		return err
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
		return err
	}
	if status.ExitStatus() != 0 {
		return fmt.Errorf("in namespaces of its own: %s", ending(status))
	}
	return nil
}

// mountCgroup mounts a hierarchy that exists and opens its release_agent, to write; it writes nothing.
func mountCgroup([]string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return first([]string{"memory", "pids", "devices", "freezer"}, func(controller string) error {
		if err := unix.Mount("cgroup", "/tmp", "cgroup", 0, controller); err != nil {
			return err
		}
		defer unix.Unmount("/tmp", unix.MNT_DETACH)
		return openWrite([]string{"/tmp/release_agent"})
	})
}

// userNamespace makes one, which would show it a kernel with all capabilities.
func userNamespace([]string) error { return spawnIn(unix.CLONE_NEWUSER, "nothing") }

// openWrite opens the first file it can, to write; it writes nothing.
func openWrite(a []string) error {
	return first(a, func(name string) error {
		fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		if err == nil {
			unix.Close(fd)
		}
		return err
	})
}

// readAny reads a byte of the first file that gives one.
func readAny(a []string) error {
	return first(a, func(name string) error {
		fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		n, err := unix.Read(fd, make([]byte, 4096))
		if err == nil && n == 0 {
			return syscall.ENODATA
		}
		return err
	})
}

// clock sets the length of the host clock's tick to what it is.
func clock([]string) error {
	const adjTick = 0x4000
	var now unix.Timex
	if _, err := unix.Adjtimex(&now); err != nil {
		return err
	}
	_, err := unix.Adjtimex(&unix.Timex{Modes: adjTick, Tick: now.Tick})
	return err
}

// core asks for core dumps, which a program of the host would be given.
func core([]string) error {
	return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20})
}

// statusField is one line of /proc/thread-self/status.
func statusField(name string) string {
	text, _ := os.ReadFile("/proc/thread-self/status")
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// walls succeeds when one of those that every program should have is missing.
func walls([]string) error {
	for _, want := range [][2]string{{"NoNewPrivs", "1"}, {"Seccomp", "2"}, {"CapEff", "0000000000000000"}, {"CapPrm", "0000000000000000"}, {"CapBnd", "0000000000000000"}, {"CapAmb", "0000000000000000"}} {
		if got := statusField(want[0]); got != want[1] {
			fmt.Fprintln(os.Stderr, "act: note", want[0], "is", got)
			return nil
		}
	}
	return fmt.Errorf("all walls stand")
}

// namespaces gets the host's as KIND=LINK, and succeeds when it lives in one of them.
func namespaces(a []string) error {
	for _, pair := range a {
		kind, host, _ := strings.Cut(pair, "=")
		if link, err := os.Readlink("/proc/self/ns/" + kind); err != nil || link == host {
			fmt.Fprintln(os.Stderr, "act: note namespace", kind, "is the host's")
			return nil
		}
	}
	return fmt.Errorf("all are its own")
}
