package main

import (
	"slices"
	"strconv"

	"github.com/bulkhead/bulkhead/cmd/bulkhead/proc"
	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// confinement is what /proc says about the walls around a process; docs/inspect.md describes each field.
type confinement struct {
	PID     int    `json:"pid"`
	Command string `json:"command"`
	Kind    string `json:"kind"`
	Numbers []int  `json:"numbers"`
	// UIDs and GIDs are real, effective, saved and file-system ids, as this process sees them.
	UIDs   []string `json:"uids"`
	GIDs   []string `json:"gids"`
	Groups []string `json:"groups"`
	UIDMap []string `json:"uid_map"`
	GIDMap []string `json:"gid_map"`
	// Capabilities are the effective ones; they count in UserNamespace and those beneath it.
	Capabilities  []string `json:"capabilities"`
	Bounding      []string `json:"bounding"`
	UserNamespace string   `json:"user_namespace"`
	NoNewPrivs    bool     `json:"no_new_privs"`
	Seccomp       string   `json:"seccomp"`
	// SeccompFilters is -1 where the kernel does not tell their number.
	SeccompFilters int              `json:"seccomp_filters"`
	Landlock       string           `json:"landlock"`
	Namespaces     []namespace      `json:"namespaces"`
	Reach          *reach           `json:"reach,omitempty"`
	Cgroup         []string         `json:"cgroup"`
	Limits         map[string]int64 `json:"limits"`
	// Unread names what this process may not look at.
	Unread  []string `json:"unread"`
	Profile string   `json:"profile"`
	// Missing lists the walls of the profile that are not there, Unknown those of which nothing can be said.
	Missing []gap    `json:"missing"`
	Unknown []string `json:"unknown"`
	Run     remedy   `json:"run"`
}

// gap is a wall that is not there, and what that means.
type gap struct {
	Wall  string `json:"wall"`
	Means string `json:"means"`
}

func (l gap) String() string { return l.Wall + ": " + l.Means }

// sight is all that is read before anything is compared.
type sight struct {
	*proc.Process
	all    []proc.Entry
	boxes  []sandbox.Info
	self   int
	mounts []proc.Mount // of this process
	scope  int          // Yama's
	above  func(pid int, kind string) []string
}

// look reads a process and what is around it.
func look(pid int) (*sight, error) {
	p, err := proc.Host.Process(pid)
	if err != nil {
		return nil, &cli.Error{Text: "inspect " + strconv.Itoa(pid) + ": there is no such process", Hint: "ps ax lists the processes, bulkhead ps the sandboxes", Err: err}
	}
	s := &sight{Process: p, all: proc.Host.List(proc.Kinds...), self: selfPID(), scope: proc.Host.PtraceScope(), above: proc.Host.Above}
	s.boxes, _ = sandbox.List() // without the records the processes are shown all the same
	s.mounts, _ = proc.Host.Mounts(s.self)
	return s, nil
}

// confinementOf compares what it sees with a profile.
func confinementOf(pid int, profile string) (confinement, error) {
	s, err := look(pid)
	if err != nil {
		return confinement{}, err
	}
	want, _ := spec.Profile(profile) // the flag takes known names only
	full := want.WithDefaults()
	c := s.describe()
	c.Profile = profile
	w := walls{sight: s, spaces: c.Namespaces, want: &full}
	if s.ordinary() {
		w.compare()
	}
	c.Missing, c.Unknown = append([]gap{}, w.missing...), append([]string{}, w.unknown...)
	c.Run = s.remedy(profile, onDisk)
	return c, nil
}

// ordinary processes have a program; the kernel's threads and those that have ended have none.
func (s *sight) ordinary() bool { return !s.Kernel && !s.Zombie() }

func (s *sight) kind() string {
	switch {
	case s.Kernel:
		return "kernel thread"
	case s.Zombie():
		return "zombie"
	}
	return "process"
}

func (s *sight) describe() confinement {
	c := confinement{
		PID: s.PID, Command: shownCommand(s.Words, s.Name), Kind: s.kind(), Numbers: s.Numbers,
		UIDs: s.UIDs, GIDs: s.GIDs, Groups: listed(s.Status.Groups), UIDMap: listed(s.UIDMap), GIDMap: listed(s.GIDMap),
		Capabilities: capabilityList(s.Effective), Bounding: capabilityList(s.Bounding), UserNamespace: s.Process.Namespaces["user"],
		NoNewPrivs: s.NoNewPrivs, Seccomp: seccompModes[min(max(s.Seccomp, 0), 2)], SeccompFilters: s.Filters,
		Landlock: "unknown: the kernel does not tell", Namespaces: s.namespaces(), Cgroup: listed(s.Process.Groups.Lines),
		Limits: s.limits(), Unread: listed(s.Unread),
	}
	if s.ordinary() {
		c.Reach = s.reach()
	}
	return c
}

var seccompModes = [...]string{"off", "strict", "filter"}

// listed is the list, in JSON never null.
func listed(list []string) []string { return append([]string{}, list...) }

// limits are those in force around the process, -1 where there is none; what cannot be read is left out.
func (s *sight) limits() map[string]int64 {
	limits := map[string]int64{}
	for _, l := range groupLimits {
		if n, ok := s.Process.Groups.Limit(l.v2, l.controller, l.v1); ok {
			limits[l.name] = n
		}
	}
	for name, title := range map[string]string{"open_files": "Max open files", "file_size_bytes": "Max file size", "core_bytes": "Max core file size"} {
		if text, ok := s.Rlimits[title]; ok {
			limits[name] = rlimit(text)
		}
	}
	return limits
}

var groupLimits = []struct{ name, v2, controller, v1 string }{
	{"memory_bytes", "memory.max", "memory", "memory.limit_in_bytes"},
	{"pids", "pids.max", "pids", "pids.max"},
	{"cpu_quota_us", "cpu.max", "cpu", "cpu.cfs_quota_us"},
}

func rlimit(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// capabilityList names the bits of a mask.
func capabilityList(bits uint64) []string {
	names := []string{}
	for _, c := range spec.Capabilities() {
		if n, ok := c.Number(); ok && bits&(1<<n) != 0 {
			names = append(names, string(c))
		}
	}
	return names
}

// shownCommand is a process's command line, or its name in brackets if it shows none.
func shownCommand(words []string, name string) string {
	if len(words) == 0 {
		return "[" + name + "]"
	}
	return commandLine(words)
}

// find is the process in the list, if it is there.
func find(all []proc.Entry, pid int) *proc.Entry {
	i, ok := slices.BinarySearchFunc(all, pid, func(e proc.Entry, pid int) int { return e.PID - pid })
	if !ok {
		return nil
	}
	return &all[i]
}
