package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// report is what the program sees of itself. Tests read it, and compare two of them.
type report struct {
	PID, PPID, Session, Group int
	// Fields are those of /proc/self/status that say what the process may do.
	Fields map[string]string
	// Namespaces by kind, as in "net:[4026531840]".
	Namespaces map[string]string
	// Mounts are lines of /proc/self/mountinfo, without the numbers.
	Mounts []string
	// FDs are the open descriptors and what they lead to.
	FDs map[int]string
	// Limits are the lines of /proc/self/limits.
	Limits               map[string]string
	Cwd, Root            string
	Hostname, Domainname string
	Env                  []string
	Nice                 int
	CPUs                 string
	// Monotonic and Boottime are those clocks, in seconds.
	Monotonic, Boottime int64
	Cgroups             string
}

func status([]string) int {
	if json.NewEncoder(os.Stdout).Encode(observe()) != nil {
		return 1
	}
	return 0
}

func observe() report {
	r := report{
		PID: os.Getpid(), PPID: os.Getppid(), Group: unix.Getpgrp(),
		Fields: fields(), Namespaces: namespaces(), Mounts: mounts(), FDs: descriptors(), Limits: limits(), Env: os.Environ(),
		Monotonic: clock(unix.CLOCK_MONOTONIC), Boottime: clock(unix.CLOCK_BOOTTIME), Cgroups: read("/proc/self/cgroup"),
	}
	r.Session, _ = unix.Getsid(0)
	r.Cwd, _ = os.Getwd()
	r.Root, _ = os.Readlink("/proc/self/root")
	var names unix.Utsname
	_ = unix.Uname(&names) // it cannot fail
	r.Hostname, r.Domainname = unix.ByteSliceToString(names.Nodename[:]), unix.ByteSliceToString(names.Domainname[:])
	r.Nice, _ = unix.Getpriority(unix.PRIO_PROCESS, 0)
	return r
}

func read(name string) string {
	text, _ := os.ReadFile(name)
	return string(text)
}

// telling are the fields of proc_pid_status(5) that say what a process may do.
var telling = []string{
	"Umask", "Uid", "Gid", "Groups", "NoNewPrivs", "Seccomp", "Seccomp_filters", "SigBlk", "SigIgn", "NSpid",
	"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "Cpus_allowed_list", "Mems_allowed_list", "THP_enabled", "CoreDumping",
}

func fields() map[string]string {
	found := map[string]string{}
	for line := range strings.SplitSeq(read("/proc/thread-self/status"), "\n") {
		key, value, _ := strings.Cut(line, ":")
		for _, want := range telling {
			if key == want {
				found[key] = strings.Join(strings.Fields(value), " ")
			}
		}
	}
	return found
}

func namespaces() map[string]string {
	found := map[string]string{}
	links, _ := filepath.Glob("/proc/self/ns/*")
	for _, link := range links {
		found[filepath.Base(link)], _ = os.Readlink(link)
	}
	return found
}

// mounts are mount point, type, source and options; proc_pid_mountinfo(5).
func mounts() []string {
	var found []string
	for line := range strings.SplitSeq(strings.TrimSpace(read("/proc/self/mountinfo")), "\n") {
		left, right, ok := strings.Cut(line, " - ")
		words := strings.Split(left, " ") // a name may hold other kinds of blank
		if ok && len(words) > 5 {
			found = append(found, strings.Join(append(words[4:], strings.Split(right, " ")...), " "))
		}
	}
	return found
}

func descriptors() map[int]string {
	found := map[int]string{}
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return found
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		fd, _ := strconv.Atoi(name)
		link, _ := os.Readlink("/proc/self/fd/" + name)
		// The Go runtime's own: its poller, and where it reads how many processors it may use.
		runtimes := strings.HasPrefix(link, "anon_inode:[event") || strings.HasSuffix(link, "/cpu.max") || strings.Contains(link, "/cpu.cfs_")
		if fd != int(dir.Fd()) && !runtimes {
			found[fd] = link
		}
	}
	return found
}

func limits() map[string]string {
	found := map[string]string{}
	for line := range strings.SplitSeq(read("/proc/self/limits"), "\n") {
		if len(line) > 26 {
			found[strings.TrimSpace(line[:26])] = strings.Join(strings.Fields(line[26:]), " ")
		}
	}
	return found
}

func clock(id int32) int64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(id, &ts) // it cannot fail for these clocks
	return ts.Sec
}
