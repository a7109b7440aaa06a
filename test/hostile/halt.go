package main

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// halt sends a signal, SIGSTOP if none is given, to every process that appears, as soon as it can.
func halt(args []string) int {
	sig := syscall.Signal(number(args, 0, int(unix.SIGSTOP)))
	self := os.Getpid()
	fmt.Println("begun")
	for last := self; ; {
		for pid := last - 16; pid < last+64; pid++ {
			if pid <= 1 || unix.Kill(pid, 0) != nil || unix.Tgkill(self, pid, 0) == nil {
				continue // none of ours to signal, or a thread of this process
			}
			last = max(last, pid)
			unix.Kill(pid, sig)
		}
	}
}
