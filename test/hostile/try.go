package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// attempts by name: each does one thing that a wall may forbid.
var attempts = map[string]func(args []string) error{
	"read":     func(a []string) error { _, err := os.ReadFile(a[0]); return err },
	"list":     func(a []string) error { _, err := os.ReadDir(a[0]); return err },
	"readlink": func(a []string) error { _, err := os.Readlink(a[0]); return err },
	"write":    func(a []string) error { return os.WriteFile(a[0], []byte("hostile\n"), 0o644) },
	"append":   func(a []string) error { return openClose(a[0], unix.O_WRONLY|unix.O_APPEND) },
	"mkdir":    func(a []string) error { return os.Mkdir(a[0], 0o755) },
	"remove":   func(a []string) error { return os.Remove(a[0]) },
	"rename":   func(a []string) error { return os.Rename(a[0], a[1]) },
	"chmod":    func(a []string) error { return unix.Chmod(a[0], uint32(octal(a[1]))) },
	"chown":    func(a []string) error { return os.Chown(a[0], number(a, 1, 0), number(a, 1, 0)) },
	"mknod":    func(a []string) error { return unix.Mknod(a[0], unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))) },
	"suid":     func(a []string) error { return createSetID(a[0]) },
	"kill":     func(a []string) error { return unix.Kill(number(a, 0, 0), unix.SIGKILL) },
	"ptrace":   func(a []string) error { return unix.PtraceSeize(number(a, 0, 0)) },
	"unshare":  func(a []string) error { return unix.Unshare(number(a, 0, unix.CLONE_NEWUSER)) },
	"setns":    func(a []string) error { return setns(a[0]) },
	"mount":    func(a []string) error { return unix.Mount("none", a[0], "tmpfs", 0, "") },
	"umount":   func(a []string) error { return unix.Unmount(a[0], unix.MNT_DETACH) },
	"remount":  func(a []string) error { return unix.Mount("", a[0], "", unix.MS_REMOUNT|unix.MS_BIND, "") },
	"chroot":   func(a []string) error { return unix.Chroot(a[0]) },
	"hostname": func(a []string) error { return unix.Sethostname([]byte(a[0])) },
	"clock":    func([]string) error { return unix.ClockSettime(unix.CLOCK_REALTIME, &unix.Timespec{Sec: 1}) },
	"setuid":   func(a []string) error { return unix.Setresuid(number(a, 0, 0), number(a, 0, 0), number(a, 0, 0)) },
	"listen":   func(a []string) error { return listen(a[0], a[1]) },
	"connect":  func(a []string) error { return connect(a[0], a[1]) },
	"socket":   func(a []string) error { return socket(number(a, 0, 0), number(a, 1, 0)) },
	"fchdir":   func(a []string) error { return unix.Fchdir(number(a, 0, 0)) },
	"shmget":   func(a []string) error { _, err := unix.SysvShmGet(number(a, 0, 0), 4096, 0); return err },
	"shmmake": func(a []string) error {
		_, err := unix.SysvShmGet(number(a, 0, 0), 4096, unix.IPC_CREAT|0o666)
		return err
	},
	"exec":   func(a []string) error { return unix.Exec(a[0], a, os.Environ()) },
	"nice":   func(a []string) error { return unix.Setpriority(unix.PRIO_PROCESS, 0, number(a, 0, -5)) },
	"renice": func(a []string) error { return unix.Setpriority(unix.PRIO_PROCESS, number(a, 0, 0), 19) },
	"prlimit": func(a []string) error {
		return unix.Prlimit(number(a, 0, 0), unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: 64}, nil)
	},
	"affinity": func(a []string) error { return affinity(number(a, 0, 0)) },
	"tiocsti":  func(a []string) error { return unix.IoctlSetPointerInt(number(a, 0, 0), unix.TIOCSTI, 'x') },
	"fork":     func([]string) error { return forkOnce("fork") },
	"vfork":    func([]string) error { return forkOnce("vfork") },
	"clone":    func(a []string) error { return cloneOnce(number(a, 0, 0)) },
	"clone3":   func(a []string) error { return clone3Once(number(a, 0, 0)) },
	"syscall":  func(a []string) error { return rawCall(a) },
	"chdir":    func(a []string) error { return os.Chdir(a[0]) },
	"device":   func(a []string) error { return device(a[0]) },
	"symlink":  func(a []string) error { return os.Symlink(a[0], a[1]) },
	"allocate": func(a []string) error { return allocate(a[0], number(a, 1, 0)) },
}

// try does one attempt and says how the kernel answered: "ok", or the errno's name.
func try(args []string) int {
	if len(args) == 0 || attempts[args[0]] == nil {
		fmt.Fprintln(os.Stderr, "hostile: try what?")
		return 2
	}
	err := attempts[args[0]](args[1:])
	fmt.Println(answer(err))
	if err != nil {
		return 1
	}
	return 0
}

// answer is "ok", or the errno's name.
func answer(err error) string {
	for err != nil {
		if errno, ok := err.(syscall.Errno); ok {
			return unix.ErrnoName(errno)
		}
		inner, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err.Error()
		}
		err = inner.Unwrap()
	}
	return "ok"
}

func octal(s string) uint64 {
	n, _ := strconv.ParseUint(s, 8, 32)
	return n
}

func openClose(name string, flags int) error {
	fd, err := unix.Open(name, flags, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// affinity binds a process to the first of the processors it may use.
func affinity(pid int) error {
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return err
	}
	for cpu := range 1024 {
		if all.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	return unix.SchedSetaffinity(pid, &one)
}

// createSetID makes a set-user-ID file in one call.
func createSetID(name string) error {
	fd, err := unix.Open(name, unix.O_CREAT|unix.O_WRONLY, 0o4755)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

func setns(name string) error {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Setns(fd, 0)
}

func listen(network, address string) error {
	l, err := net.Listen(network, address)
	if err == nil {
		l.Close()
	}
	return err
}

func connect(network, address string) error {
	c, err := net.Dial(network, address)
	if err == nil {
		c.Close()
	}
	return err
}

func socket(family, kind int) error {
	fd, err := unix.Socket(family, kind, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// forkOnce makes one process, which ends at once.
func forkOnce(kind string) error {
	pid, errno := forkInto(leave, forkFlags(kind))
	if errno != 0 {
		return errno
	}
	_, err := unix.Wait4(int(pid), nil, 0, nil)
	return err
}

// cloneOnce is forkOnce with flags, such as those of new namespaces.
func cloneOnce(flags int) error {
	pid, errno := forkInto(leave, uintptr(flags)|uintptr(unix.SIGCHLD))
	if errno != 0 {
		return errno
	}
	_, err := unix.Wait4(int(pid), nil, 0, nil)
	return err
}

//go:norace
//go:nosplit
func leave() { syscall.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0) }

// rawCall makes any system call with up to three numbers as arguments.
func rawCall(args []string) error {
	_, _, errno := syscall.RawSyscall(uintptr(number(args, 0, 0)), uintptr(number(args, 1, 0)), uintptr(number(args, 2, 0)), uintptr(number(args, 3, 0)))
	if errno != 0 {
		return errno
	}
	return nil
}

// device makes a null device there and opens it.
func device(dir string) error {
	name := filepath.Join(dir, "device")
	if err := unix.Mknod(name, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err != nil {
		return err
	}
	return openClose(name, unix.O_RDWR)
}

func allocate(name string, size int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Fallocate(int(f.Fd()), 0, 0, int64(size)*mib)
}
