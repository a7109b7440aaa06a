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

// outlive calls off the program's death with its launcher, in one of the ways
// there are, leaves a daemon behind, and stays.
func outlive(args []string) int {
	switch text(args, 0, "stay") {
	case "prctl":
		if _, _, errno := syscall.AllThreadsSyscall(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, 0, 0); errno != 0 {
			return stopped("prctl", 0, "threads", errno)
		}
	case "thread":
		return execFromThread()
	}
	signal.Ignore()
	if pid, errno := forkInto(daemon, forkFlags("fork")); errno == 0 {
		unix.Wait4(int(pid), nil, 0, nil)
	}
	fmt.Println("begun")
	time.Sleep(time.Hour)
	return 0
}

// execFromThread runs this program anew from a thread that is not its first:
// the mark for the signal belongs to a thread, and the first one ends with that.
func execFromThread() int {
	failed := make(chan error)
	runtime.LockOSThread() // the others are none of the first
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() {
			failed <- fmt.Errorf("this is the first thread")
			return
		}
		failed <- unix.Exec("/proc/self/exe", []string{"hostile", "outlive", "stay"}, nil)
	}()
	return stopped("exec", 0, "threads", <-failed)
}
