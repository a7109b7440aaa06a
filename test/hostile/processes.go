package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// forkFlags turn clone into fork, or into vfork.
func forkFlags(kind string) uintptr {
	if kind == "vfork" {
		return uintptr(unix.SIGCHLD | unix.CLONE_VFORK)
	}
	return uintptr(unix.SIGCHLD)
}

// fork makes a copy of this process in which only the calling thread lives: the
// child must make no more than raw system calls, and must not look whether its
// stack has room, which is where the runtime would schedule. Hence nosplit, here and in what the child runs.
//
//go:norace
//go:nosplit
func fork(flags uintptr) (pid uintptr, errno syscall.Errno) {
	pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE, flags, 0, 0, 0, 0, 0)
	return pid, errno
}

// forkBomb makes processes that make processes, for ever.
func forkBomb(args []string) int {
	flags := forkFlags(text(args, 0, "fork"))
	fmt.Println("begun")
	forkForEver(flags)
	return 0
}

//go:norace
//go:nosplit
func forkForEver(flags uintptr) {
	for {
		fork(flags)
	}
}

// forkInto makes a process that runs child, which must be nosplit and never return.
//
//go:norace
//go:nosplit
func forkInto(child func(), flags uintptr) (pid uintptr, errno syscall.Errno) {
	if pid, errno = fork(flags); pid == 0 && errno == 0 {
		child()
	}
	return pid, errno
}

// orphans leaves so many daemons behind: forked twice, each in a session of its
// own, ignoring what can be ignored. Then it ends with the given code.
func orphans(args []string) int {
	signal.Ignore()
	made := 0
	for range number(args, 0, 10) {
		pid, errno := forkInto(daemon, forkFlags("fork"))
		if errno != 0 {
			break
		}
		made++
		unix.Wait4(int(pid), nil, 0, nil)
	}
	fmt.Println("left", made)
	return number(args, 1, 0)
}

//go:norace
//go:nosplit
func daemon() {
	syscall.RawSyscall(unix.SYS_SETSID, 0, 0, 0)
	if pid, _ := fork(uintptr(unix.SIGCHLD)); pid != 0 {
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	idle()
}

// children starts so many processes that do nothing, and says how many there were.
func children(args []string) int {
	for made := range number(args, 0, 10) {
		if _, errno := forkInto(idle, forkFlags("fork")); errno != 0 {
			return stopped("fork", made, "children", errno)
		}
	}
	fmt.Println("begun")
	return number(args, 1, 0)
}

// idle waits for ever, without the Go runtime.
//
//go:norace
//go:nosplit
func idle() {
	for {
		syscall.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}

// spin keeps so many threads busy for ever.
func spin(args []string) int {
	n := number(args, 0, 1)
	runtime.GOMAXPROCS(n + 1)
	fmt.Println("begun")
	for range n {
		go func() {
			runtime.LockOSThread()
			for turns := 0; ; turns++ {
			}
		}()
	}
	select {}
}

// burn uses so many milliseconds of processor time.
func burn(args []string) int {
	want := time.Duration(number(args, 0, 100)) * time.Millisecond
	for used() < want {
	}
	return 0
}

// used is the processor time of this process.
func used() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u) // it cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sleep uses nothing for so many milliseconds.
func sleep(args []string) int {
	fmt.Println("begun")
	time.Sleep(time.Duration(number(args, 0, 100_000)) * time.Millisecond)
	return 0
}

// stop stops its whole process group.
func stop([]string) int {
	fmt.Println("begun")
	unix.Kill(0, unix.SIGSTOP)
	time.Sleep(time.Hour)
	return 0
}

// stubborn ignores every signal that it can, and tells of each.
func stubborn([]string) int {
	c := make(chan os.Signal, 64)
	signal.Notify(c)
	fmt.Println("begun")
	for s := range c {
		if s != unix.SIGURG && s != unix.SIGCHLD {
			fmt.Println("got", unix.SignalName(s.(syscall.Signal)))
		}
	}
	return 0
}

// relay ends with the signal's number as its code, so that a test sees that it arrived.
func relay([]string) int {
	c := make(chan os.Signal, 64)
	signal.Notify(c, unix.SIGUSR1, unix.SIGUSR2, unix.SIGHUP, unix.SIGTERM, unix.SIGINT, unix.SIGWINCH, unix.SIGQUIT)
	fmt.Println("begun")
	return int((<-c).(syscall.Signal))
}

// exit ends with the given code.
func exit(args []string) int { return number(args, 0, 0) }

// closeFDs closes every descriptor, and ends with the given code.
func closeFDs(args []string) int {
	for fd := range 4096 {
		unix.Close(fd)
	}
	return number(args, 0, 0)
}
