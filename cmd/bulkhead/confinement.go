package main

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// confinement is what /proc says about the walls around a process.
type confinement struct {
	PID     int    `json:"pid"`
	Command string `json:"command"`
	Numbers []int  `json:"numbers"`
	// UIDs and GIDs are real, effective, saved and file-system ids, as this process sees them.
	UIDs         []string `json:"uids"`
	GIDs         []string `json:"gids"`
	UIDMap       []string `json:"uid_map"`
	Capabilities []string `json:"capabilities"`
	NoNewPrivs   bool     `json:"no_new_privs"`
	// SeccompFilters is -1 where the kernel does not tell their number.
	SeccompFilters int `json:"seccomp_filters"`
	// Namespaces are the kernel's numbers by kind; Shared are the kinds that it shares with us.
	Namespaces map[string]string `json:"namespaces"`
	Shared     []string          `json:"shared"`
	Cgroup     string            `json:"cgroup"`
	// Missing lists the walls that are not there.
	Missing []string `json:"missing"`
}

// namespaceFiles are the names in /proc/PID/ns; namespaces(7).
var namespaceFiles = []string{"user", "pid", "mnt", "net", "ipc", "uts", "cgroup", "time"}

func confinementOf(pid int) (confinement, error) {
	status := readStatus(pid)
	if status == nil {
		return confinement{}, &cli.Error{Text: "inspect " + strconv.Itoa(pid) + ": there is no such process", Hint: "ps ax lists the processes, bulkhead ps the sandboxes"}
	}
	c := confinement{
		PID: pid, Command: commandOf(pid, status["Name"]), UIDs: strings.Fields(status["Uid"]), GIDs: strings.Fields(status["Gid"]),
		NoNewPrivs: status["NoNewPrivs"] == "1", SeccompFilters: filters(status), Capabilities: capabilityList(status["CapEff"]),
		UIDMap: procLines(pid, "uid_map"), Cgroup: strings.Join(procLines(pid, "cgroup"), " "),
	}
	p, _ := readProcess(pid)
	c.Numbers = p.Numbers
	if err := c.readNamespaces(); err != nil {
		return c, err
	}
	c.findMissing()
	return c, nil
}

// filters is the number of seccomp filters.
//
// FACT — since 5.9 (c818c03b661c) — Seccomp_filters in proc_pid_status(5) — it is shown as it is — below only the mode is known, and the number is -1.
func filters(status map[string]string) int {
	n, err := strconv.Atoi(status["Seccomp_filters"])
	switch {
	case err == nil:
		return n
	case status["Seccomp"] == "2":
		return -1
	}
	return 0
}

// capabilityList names the bits of a mask in hexadecimal.
func capabilityList(mask string) []string {
	bits, _ := strconv.ParseUint(mask, 16, 64)
	names := []string{}
	for _, c := range spec.Capabilities() {
		if n, ok := c.Number(); ok && bits&(1<<n) != 0 {
			names = append(names, string(c))
		}
	}
	return names
}

// procLines are the lines of a small file, blanks in a row made one. Other kinds of space may be part of a name.
func procLines(pid int, name string) []string {
	text, err := os.ReadFile(procFile(pid, name))
	if err != nil {
		return nil
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\n' })
		lines = append(lines, strings.Join(words, " "))
	}
	return lines
}

func (c *confinement) readNamespaces() error {
	c.Namespaces, c.Shared = map[string]string{}, []string{}
	for _, name := range namespaceFiles {
		theirs, err := os.Readlink(procFile(c.PID, "ns/"+name))
		if errors.Is(err, os.ErrPermission) {
			return &cli.Error{Text: "inspect " + strconv.Itoa(c.PID) + ": you may not look at its namespaces", Hint: strangerHint(os.Geteuid()), Err: err}
		}
		if err != nil {
			continue // a kernel without this kind
		}
		c.Namespaces[name] = theirs
		if ours, err := os.Readlink("/proc/self/ns/" + name); err == nil && ours == theirs {
			c.Shared = append(c.Shared, name)
		}
	}
	return nil
}

// strangerHint says how to look at a process that we may not look at.
func strangerHint(uid int) string {
	if uid == 0 {
		return "root may only with the capability SYS_PTRACE in that process's user namespace: try from outside of this container"
	}
	return "it is another user's process: ask root, or use sudo"
}

func (c *confinement) findMissing() {
	c.Missing = []string{}
	miss := func(when bool, text string) {
		if when {
			c.Missing = append(c.Missing, text)
		}
	}
	miss(len(c.Shared) > 0, "namespaces shared with you: "+strings.Join(c.Shared, ", "))
	miss(!c.NoNewPrivs, "no_new_privs is off: set-user-ID programs act")
	miss(c.SeccompFilters == 0, "no system-call filter")
	miss(len(c.Capabilities) > 0, "capabilities: "+strings.Join(c.Capabilities, ", "))
	miss(len(c.UIDs) > 0 && slices.Contains(c.UIDs, "0") && os.Geteuid() == 0, "it runs as the user root of this machine")
}

func (c *confinement) rows() [][]string {
	rows := [][]string{
		{"process", numbers(c.Numbers)}, {"runs", c.Command},
		{"user, group", first(c.UIDs) + ", " + first(c.GIDs) + "  (as seen from here; map: " + strings.Join(c.UIDMap, "; ") + ")"},
		{"cgroup", c.Cgroup},
	}
	for _, name := range namespaceFiles {
		if value, ok := c.Namespaces[name]; ok {
			rows = append(rows, []string{"namespace", value + c.sharedMark(name)})
		}
	}
	rows = append(rows, []string{"filters", strconv.Itoa(c.SeccompFilters)})
	for _, m := range c.Missing {
		rows = append(rows, []string{"missing wall", m})
	}
	if len(c.Missing) == 0 {
		rows = append(rows, []string{"missing walls", "none"})
	}
	return rows
}

func (c *confinement) sharedMark(name string) string {
	if slices.Contains(c.Shared, name) {
		return "  (yours, too)"
	}
	return ""
}

func first(list []string) string {
	if len(list) == 0 {
		return "?"
	}
	return list[0]
}
