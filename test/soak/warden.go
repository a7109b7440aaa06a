package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

// roleVar, in the environment, says which of the processes this is.
const roleVar = "BULKHEAD_SOAK_ROLE"

// roles of a copy of this program, beside the warden, which has none.
var roles map[string]func() int

func init() {
	roles = map[string]func() int{"soak": soak, "launcher": launcher, "collector": collector}
}

// warden runs the soak, reaps all that is left to it meanwhile, and fails when something is alive afterwards.
func warden(args []string) int {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, "soak: become the parent of orphans:", err)
		return 1
	}
	var own syscall.SysProcAttr
	if boxtest.Root() {
		own.Unshareflags = syscall.CLONE_NEWNS // what others mount meanwhile does not show
	}
	child, err := os.StartProcess("/proc/self/exe", append([]string{"soak"}, args...), &os.ProcAttr{
		Env: append(os.Environ(), roleVar+"=soak"), Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}, Sys: &own,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1
	}
	code := reapUntil(child.Pid)
	if alive := survivors(5 * time.Second); len(alive) > 0 {
		fmt.Fprintln(os.Stderr, "soak: alive after the end:", strings.Join(alive, ", "))
		boxtest.KillOrphans()
		return 1
	}
	return code
}

// reapUntil waits for every child until one of them has ended, and returns how that one did.
func reapUntil(pid int) int {
	for {
		var status unix.WaitStatus
		got, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			fmt.Fprintln(os.Stderr, "soak: wait for the soak:", err)
			return 1
		case got == pid && status.Exited():
			return status.ExitStatus()
		case got == pid:
			fmt.Fprintln(os.Stderr, "soak: it was killed by", status.Signal())
			return 1
		}
	}
}

// survivors are the children that are alive, once those on their way out have had their time.
func survivors(patience time.Duration) []string {
	deadline := time.Now().Add(boxtest.Patience(patience))
	for {
		alive := boxtest.Orphans()
		if len(alive) == 0 || time.Now().After(deadline) {
			return alive
		}
		time.Sleep(20 * time.Millisecond)
	}
}
