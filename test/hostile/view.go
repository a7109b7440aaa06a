package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// view prints all that a program sees of its sandbox and that does not depend on
// the moment: the host's id of its user, which each sandbox has another of, shows as ID.
func view([]string) int {
	var seen strings.Builder
	inventory(&seen)
	text := seen.String()
	if ids, err := os.ReadFile("/proc/self/uid_map"); err == nil {
		text = strings.ReplaceAll(text, strings.Fields(string(ids))[1], "ID")
	}
	fmt.Print(text)
	return 0
}

func inventory(w io.Writer) {
	for _, dir := range []string{"/", "/dev", "/dev/pts", "/dev/shm", "/tmp", "/run", "/home", os.Getenv("HOME"), "/etc"} {
		listing(w, dir)
	}
	for _, file := range []string{
		"net/tcp", "net/tcp6", "net/udp", "net/udp6", "net/raw", "net/dev", "net/snmp", "net/netstat", "net/snmp6", "net/ip6_flowlabel", "net/route", "net/rt6_stats", "net/ipv6_route", "self/projid_map", "self/coredump_filter", "1/coredump_filter",
		"net/packet", "net/igmp", "net/arp", "net/fib_trie", "sysvipc/shm", "sysvipc/sem", "sysvipc/msg", "keys", "locks", "self/limits", "self/uid_map", "self/gid_map",
		"self/cgroup", "self/oom_score_adj", "self/timens_offsets", "self/sessionid", "self/personality", "sys/kernel/hostname", "sys/kernel/domainname", "sys/kernel/msgmax",
		"sys/kernel/shmmax", "sys/kernel/sem", "sys/fs/mqueue/queues_max", "sys/net/ipv4/ip_unprivileged_port_start", "sys/user/max_user_namespaces", "1/comm", "1/cmdline", "1/limits", "1/oom_score_adj",
	} {
		text, err := os.ReadFile("/proc/" + file)
		fmt.Fprintf(w, "== %s %v\n", file, err)
		for line := range strings.Lines(string(text)) {
			if !strings.Contains(line, "keyring   _ses: empty") && !strings.Contains(line, "OFDLCK") { // each run has one, collected when the kernel likes; locks of the host
				fmt.Fprintln(w, strings.Join(strings.Fields(line), " "))
			}
		}
	}
	processes(w)
	sockets(w)
	mountsSeen(w)
	for _, name := range slices.Sorted(maps.Keys(fields())) {
		if name == "NSpid" {
			continue // whichever thread asks
		}
		fmt.Fprintln(w, "status", name, fields()[name])
	}
	own(w)
}

func listing(w io.Writer, dir string) {
	entries, err := os.ReadDir(dir)
	st, _ := os.Stat(dir)
	if st != nil {
		fmt.Fprintf(w, "== %s %v %v\n", dir, st.Mode(), err)
	}
	for _, e := range entries {
		if i, err := e.Info(); err == nil {
			fmt.Fprintf(w, "%s %v %d\n", e.Name(), i.Mode(), i.Size())
		}
	}
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) == nil {
		fmt.Fprintf(w, "%d of %d free, %d of %d inodes\n", fs.Bfree, fs.Blocks, fs.Ffree, fs.Files)
	}
}

func processes(w io.Writer) {
	dirs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, d := range dirs {
		text, _ := os.ReadFile(d)
		fmt.Fprintf(w, "process %s %q\n", d, text)
	}
}

// sockets are the Unix ones, without the kernel's addresses and numbers.
func sockets(w io.Writer) {
	text, _ := os.ReadFile("/proc/net/unix")
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		fmt.Fprintln(w, "unix", f[2:6], f[7:])
	}
}

// mountsSeen leaves out the numbers that the kernel gives anew to each mount.
func mountsSeen(w io.Writer) {
	text, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(text)) {
		fmt.Fprintln(w, "mount", strings.Fields(line)[3:])
	}
}

// own are attributes of this process, and the numbers that it gets for new objects.
func own(w io.Writer) {
	mask := unix.Umask(0)
	nice, _ := unix.Getpriority(unix.PRIO_PROCESS, 0)
	first, _ := unix.Getpriority(unix.PRIO_PROCESS, 1)
	dir, _ := os.Getwd()
	var set unix.CPUSet
	_ = unix.SchedGetaffinity(0, &set)
	shm, _, e1 := unix.Syscall(unix.SYS_SHMGET, unix.IPC_PRIVATE, 4096, 0o600)
	msg, _, e2 := unix.Syscall(unix.SYS_MSGGET, unix.IPC_PRIVATE, 0o600, 0)
	fmt.Fprintln(w, "pid", os.Getpid(), os.Getppid(), "umask", mask, "nice", nice, first, "dir", dir, "processors", set.Count(), "shm", int(shm), e1, "msg", int(msg), e2)
	env := os.Environ()
	slices.Sort(env)
	fmt.Fprintln(w, "environment", env)
	for fd := range 16 {
		to, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
		if kind, _, ok := strings.Cut(to, ":["); ok {
			to = kind
		}
		if err == nil {
			fmt.Fprintln(w, "descriptor", fd, to)
		}
	}
}
