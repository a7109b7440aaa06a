package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
)

// process is one entry of /proc.
type process struct {
	PID    int `json:"pid"`
	Parent int `json:"-"`
	// Numbers are its numbers from this pid namespace inwards; proc_pid_status(5), NSpid.
	Numbers  []int     `json:"numbers"`
	Command  string    `json:"command"`
	Children []process `json:"children,omitempty"`
	space    string    // its pid namespace
}

// readProcesses lists all processes that /proc shows.
func readProcesses() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var list []process
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, ok := readProcess(pid); ok {
				list = append(list, p)
			}
		}
	}
	slices.SortFunc(list, func(a, b process) int { return a.PID - b.PID })
	return list
}

// readProcess reads one; it may be gone at any moment.
func readProcess(pid int) (process, bool) {
	status := readStatus(pid)
	if status == nil {
		return process{}, false
	}
	parent, _ := strconv.Atoi(status["PPid"])
	p := process{PID: pid, Parent: parent, Command: commandOf(pid, status["Name"])}
	for number := range strings.FieldsSeq(status["NSpid"]) {
		n, _ := strconv.Atoi(number)
		p.Numbers = append(p.Numbers, n)
	}
	p.space, _ = os.Readlink(procFile(pid, "ns/pid")) // only readable for one's own; the tree then shows descendants only
	return p, true
}

func procFile(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// readStatus reads proc_pid_status(5), nil if the process is gone.
func readStatus(pid int) map[string]string {
	text, err := os.ReadFile(procFile(pid, "status"))
	if err != nil {
		return nil
	}
	fields := map[string]string{}
	for line := range strings.SplitSeq(string(text), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			fields[name] = strings.TrimSpace(value)
		}
	}
	return fields
}

// commandOf is a process's command line, or its name in brackets if it shows none.
func commandOf(pid int, name string) string {
	text, err := os.ReadFile(procFile(pid, "cmdline"))
	if err != nil || len(text) == 0 {
		return "[" + name + "]"
	}
	return commandLine(strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"))
}
