package main

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// lurk watches for processes that appear, and tries to get into each at once:
// one that is still setting itself up might have more than it will have later.
// It tells each program whose process it could look into, and what it could open there.
func lurk([]string) int {
	fmt.Println("begun")
	seen := map[string]bool{}
	for last := os.Getpid(); ; {
		for pid := last + 1; pid < last+64; pid++ {
			if unix.Kill(pid, 0) == unix.ESRCH {
				continue
			}
			last = max(last, pid-8)
			look(pid, seen)
		}
	}
}

func look(pid int, seen map[string]bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	for _, link := range []string{"/exe", "/cwd", "/root", "/fd/64", "/fd/65", "/fd/66"} {
		if to, err := os.Readlink(dir + link); err == nil {
			tell(seen, link+" "+to)
		}
	}
	if fd, err := unix.Open(dir+"/mem", unix.O_RDWR|unix.O_CLOEXEC, 0); err == nil {
		exe, _ := os.Readlink(dir + "/exe")
		tell(seen, "/mem of "+exe)
		unix.Close(fd)
	}
}

func tell(seen map[string]bool, what string) {
	if !seen[what] {
		seen[what] = true
		fmt.Println("saw", what)
	}
}
