package main

import (
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// selfReport is a report with what only a comparison with the request asks for; see test/self.
type selfReport struct {
	report
	UIDMap, GIDMap, SetGroups string
	// TTY is the number of the controlling terminal, 0 for none.
	TTY int
	// Dumpable is that of prctl(2).
	Dumpable int
	// OOMScoreAdj is what of this process the kernel's OOM killer is told.
	OOMScoreAdj string
	// InitCommand is what process 1 is called, InitOpen which of its secrets can be read.
	InitCommand string
	InitOpen    []string
	// Seen are the names in directories that hold what is the host's own.
	Seen map[string][]string
}

// self reports, and waits for the end of stdin, so that it can be looked at from outside meanwhile.
func self([]string) int {
	r := selfReport{
		report: observe(), UIDMap: squeezed("/proc/self/uid_map"), GIDMap: squeezed("/proc/self/gid_map"), SetGroups: squeezed("/proc/self/setgroups"),
		TTY: controllingTerminal(), OOMScoreAdj: squeezed("/proc/self/oom_score_adj"),
		InitCommand: initCommand(), InitOpen: initOpen(), Seen: seenOfHost(),
	}
	r.Dumpable, _ = unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if json.NewEncoder(os.Stdout).Encode(r) != nil {
		return 1
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// squeezed is a file's words, one blank between them.
func squeezed(name string) string { return strings.Join(strings.Fields(read(name)), " ") }

// controllingTerminal is field 7 of proc_pid_stat(5), the fifth behind the name, which may hold anything.
func controllingTerminal() int {
	stat := read("/proc/self/stat")
	words := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(words) < 5 {
		return -1
	}
	n, _ := strconv.Atoi(words[4])
	return n
}

// initCommand gives init a moment to become what it is: the program may start before it.
func initCommand() string {
	name := ""
	for range 50 {
		name, _, _ = strings.Cut(read("/proc/1/cmdline"), "\x00")
		if os.Getpid() == 1 || name == "bulkhead-init" {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	return name
}

func initOpen() []string {
	var open []string
	for _, file := range []string{"environ", "maps", "auxv"} {
		if _, err := os.ReadFile("/proc/1/" + file); err == nil {
			open = append(open, file)
		}
	}
	for _, link := range []string{"root", "cwd", "exe", "ns/net"} {
		if _, err := os.Readlink("/proc/1/" + link); err == nil {
			open = append(open, link)
		}
	}
	return open
}

func seenOfHost() map[string][]string {
	seen := map[string][]string{}
	for _, dir := range []string{"/", "/root", "/home", "/run", "/var", "/srv", "/mnt", "/media", "/boot"} {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			seen[dir] = append(seen[dir], e.Name())
		}
	}
	return seen
}
