package cgroup

import "path"

// Layout says where this process may make groups, and with which controllers.
// It is plain data: comparable, serialisable, and valid for other processes too.
// The zero value, with Why set, is a host without usable groups.
type Layout struct {
	// V2 is the directory of the v2 tree in which groups are made, "" for none.
	V2 string `json:"v2,omitempty"`
	// Top is set when V2 is a shared directory that still may have to be
	// made: its parent, which must hand the controllers down first.
	Top string `json:"top,omitempty"`
	// Leaf is set when Top holds this process and nothing else: the
	// directory this process must move to before Top can hand controllers down.
	Leaf string `json:"leaf,omitempty"`
	// Controllers are those that V2's groups can have.
	Controllers Controllers `json:"controllers,omitzero"`
	// Enabled and TopEnabled are those that V2 and Top hand down already.
	Enabled    Controllers `json:"enabled,omitzero"`
	TopEnabled Controllers `json:"top_enabled,omitzero"`
	// V1 is the directory in which groups are made, one per v1 controller.
	V1 V1 `json:"v1,omitzero"`
	// Mems is the memory nodes that a v1 cpuset group must be given before a process can enter it.
	Mems string `json:"mems,omitempty"`
	// CPUs is the processors that a v1 cpuset group may have, for one that has no limit of its own.
	CPUs string `json:"cpus,omitempty"`
	// Inner puts the processes of a v1 group one level below the limits, in
	// every hierarchy there is: for a program that may mount the tree as the
	// user whose files these are. What it mounts begins at its own level.
	Inner bool `json:"inner,omitempty"`
	// Swap says whether swap can be limited.
	Swap Swap `json:"swap,omitempty"`
	// Why says why no group can be made here, or why limits are missing, and
	// Hint what to do about it. Both are empty when memory and processes can be limited.
	Why  string `json:"why,omitempty"`
	Hint string `json:"hint,omitempty"`
}

// V1 holds the directory in which groups are made for each v1 controller, ""
// for those that are missing, not writable, or used by the v2 tree.
type V1 struct {
	Memory  string `json:"memory,omitempty"`
	Pids    string `json:"pids,omitempty"`
	CPU     string `json:"cpu,omitempty"`
	Cpuset  string `json:"cpuset,omitempty"`
	IO      string `json:"blkio,omitempty"`
	CPUAcct string `json:"cpuacct,omitempty"`
	Freezer string `json:"freezer,omitempty"`
}

// Swap says whether this host's swap can be limited.
type Swap string

// The states of Swap.
const (
	// SwapControlled: the kernel has the file that limits it.
	SwapControlled Swap = "controlled"
	// SwapUnknown: groups have that file on most kernels; it can only be seen in a group.
	SwapUnknown Swap = "unknown"
	// SwapNone: the kernel has no such file, and the host has no swap.
	SwapNone Swap = "none"
	// SwapUncontrolled: the kernel has no such file, but the host has swap.
	SwapUncontrolled Swap = "uncontrolled"
)

// field is the place of one controller's directory.
func (v *V1) field(c Controllers) *string {
	return [...]*string{&v.Memory, &v.Pids, &v.CPU, &v.Cpuset, &v.IO, &v.CPUAcct, &v.Freezer}[c.index()]
}

// set is the controllers that have a directory.
func (v V1) set() Controllers {
	var have Controllers
	All.each(func(c Controllers) {
		if *v.field(c) != "" {
			have |= c
		}
	})
	return have
}

// Usable reports whether any group can be made.
func (l Layout) Usable() bool { return l.V2 != "" || l.V1 != V1{} }

// Can is every controller that a group can have, of either version.
func (l Layout) Can() Controllers {
	have := l.V1.set()
	if l.V2 != "" {
		have |= l.Controllers
	}
	return have
}

// Processors is the list of those that a group can be bound to, "" where that cannot be told. It reads the file system.
func (l Layout) Processors() string {
	if l.V1.Cpuset != "" {
		text, _ := read(l.V1.Cpuset + "/cpuset.effective_cpus")
		return text
	}
	for _, dir := range [...]string{l.V2, l.Top} { // the first may not have been made yet
		if text, err := read(dir + "/cpuset.cpus.effective"); err == nil {
			return text
		}
	}
	return ""
}

// onV2 reports whether the v2 tree has this controller.
func (l Layout) onV2(c Controllers) bool { return l.V2 != "" && l.Controllers.Has(c) }

// dir is the directory that holds a controller's files of the group name, "" where it is missing.
func (l Layout) dir(c Controllers, name string) string {
	if l.onV2(c) {
		return path.Join(l.V2, name)
	}
	if parent := *l.V1.field(c); parent != "" {
		return path.Join(parent, name)
	}
	return ""
}

// dirs is every directory that the group name may have, v2 first, each once.
func (l Layout) dirs(name string) []string {
	var list []string
	if l.V2 != "" {
		list = append(list, path.Join(l.V2, name))
	}
	All.each(func(c Controllers) {
		if parent := *l.V1.field(c); parent != "" {
			list = appendNew(list, path.Join(parent, name))
		}
	})
	return list
}

// appendNew appends s unless it is there: v1 controllers may share one hierarchy ("cpu,cpuacct").
func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
