package spec

import "slices"

// The protections that a Spec may allow to be missing (AllowDrop). All others
// are never given up: a host without them is an error.
const (
	// ProtectionCgroup stands for everything a cgroup of its own gives: the
	// limits memory, swap, pids, cpu and io below, and exact accounting. An
	// unprivileged user has none until systemd or root delegates one.
	ProtectionCgroup Protection = "cgroup"
	// ProtectionMemory is the limit on memory (Limits.Memory, MemoryHigh).
	ProtectionMemory Protection = "memory"
	// ProtectionSwap is the limit on swap; kernels may lack its accounting.
	ProtectionSwap Protection = "swap"
	// ProtectionPids is the limit on processes and threads.
	ProtectionPids Protection = "pids"
	// ProtectionCPU is the processor quota, weight and set, and the exact count of CPU time behind Limits.CPUTime.
	ProtectionCPU Protection = "cpu"
	// ProtectionIO is the limits on block devices.
	ProtectionIO Protection = "io"
	// ProtectionTimeNamespace is the time namespace, which kernels may be built
	// without. One without offsets changes nothing for the program: before Linux
	// 6.3 it is left out where a pid namespace is joined without root, and only told.
	ProtectionTimeNamespace Protection = "time-namespace"
	// ProtectionProc is a fresh /proc: a container that masks parts of its own
	// /proc may not mount another. Without it /proc is left out.
	ProtectionProc Protection = "proc"
	// ProtectionIDMap is the map of several ids (User.UIDMap, GIDMap) where the
	// user has no sub-ids; without it there is the single-id map.
	ProtectionIDMap Protection = "id-map"
	// ProtectionOwn is Mount.Own on file systems that know no id-mapped mounts;
	// without it the files keep their owners.
	ProtectionOwn Protection = "own"
	// ProtectionLandlock is the second wall (Landlock.Mode "on").
	ProtectionLandlock Protection = "landlock"
	// ProtectionCoreScheduling is Scheduling.Core.
	ProtectionCoreScheduling Protection = "core-scheduling"
)

// protections is in the order in which doctor and the documentation list them.
var protections = []Protection{
	ProtectionCgroup, ProtectionMemory, ProtectionSwap, ProtectionPids, ProtectionCPU, ProtectionIO,
	ProtectionTimeNamespace, ProtectionProc, ProtectionIDMap, ProtectionOwn, ProtectionLandlock, ProtectionCoreScheduling,
}

// Protections lists every protection that AllowDrop may name.
func Protections() []Protection { return slices.Clone(protections) }

func protectionNames() []string {
	names := make([]string, len(protections))
	for i, p := range protections {
		names[i] = string(p)
	}
	return names
}

// MayDrop reports whether AllowDrop lets the protection be missing, by its own name or as a part of "cgroup".
func (s *Spec) MayDrop(p Protection) bool {
	return slices.Contains(s.AllowDrop, p) || p.needsCgroup() && slices.Contains(s.AllowDrop, ProtectionCgroup)
}

func (p Protection) needsCgroup() bool {
	switch p {
	case ProtectionMemory, ProtectionSwap, ProtectionPids, ProtectionCPU, ProtectionIO:
		return true
	}
	return false
}
