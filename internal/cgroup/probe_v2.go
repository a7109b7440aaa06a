package cgroup

import (
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// The names of what we add to the v2 tree beside groups.
const (
	sharedName = "bulkhead.slice"
	leafName   = "bulkhead.launcher"
)

// place decides where in the v2 tree groups are made.
//
// FACT — since 4.5 (cgroup-v2.rst, "No Internal Process Constraint") a group other than the root holds processes or hands
// memory down, not both (EBUSY) — our own group, which holds us, cannot simply be the parent — so, in this order:
//
//  1. our own group is the root: below it, directly;
//  2. we are alone in our own group and may write it: we move to a leaf of it first;
//  3. the nearest group above that we may write, as long as no group that we thereby step out of has a limit: a limit is
//     never escaped;
//  4. below our own group without controllers: processor time, freezing and killing still work.
//
// Of 2 and 3, the first with all controllers that are needed, else the first with memory or pids. There groups go into a
// shared directory which has the controllers switched on for its children.
//
// FACT — since 4.5 (kernel/cgroup/cgroup.c, cgroup_subtree_control_write) a controller that a child has handed down cannot be
// switched off above it (EBUSY) — the shared directory keeps a service manager, which believes the place to be its own,
// from silently switching our limits off.
func (t tree) place(need Controllers) Layout {
	if t.own == "" {
		return Layout{}
	}
	if err := t.writable(); err != nil {
		return explain(t.own, err)
	}
	can := controllersOf(t.own)
	if isRoot(t.own) {
		return t.direct(can)
	}
	var own Layout
	moved := path.Base(t.own) == leafName // by an earlier run of this process: rule 3 finds its place again
	if can&core != 0 && !moved && alone(t.own) {
		own = t.shared(t.own, path.Join(t.own, leafName))
	}
	if own.V2 != "" && can.Has(need) {
		return own
	}
	above := t.above(need)
	switch {
	case own.V2 != "" && !above.Controllers.Has(need):
		return own
	case above.V2 == "":
		above.V2 = t.own
	}
	return above
}

// core is what every group should have.
const core = Memory | Pids

// above is rule 3; without a place it says why.
func (t tree) above(need Controllers) Layout {
	found := Layout{Why: t.own + " holds other processes, so the kernel lets it hand down no controller", Hint: around().remedy(t.own)}
	for below := t.own; below != t.mount; below = path.Dir(below) {
		if limit := limitOf(below); limit != "" && found.V2 == "" {
			return escape(below, limit)
		} else if limit != "" {
			return found
		}
		dir := path.Dir(below)
		can := controllersOf(dir)
		if can&core == 0 || found.V2 != "" && !can.Has(need) || writableGroup(dir) != nil || !canHandDown(dir) {
			continue
		}
		if found = t.shared(dir, ""); can.Has(need) {
			return found
		}
	}
	return found
}

// escape is the layout of a host where groups could only be made outside of a limit that holds for us.
func escape(below, limit string) Layout {
	return Layout{
		Why:  below + " holds other processes and has " + limit + ", which a group outside of it would escape",
		Hint: leafHint(below)}
}

// direct makes groups in our own.
func (t tree) direct(controllers Controllers) Layout {
	if controllers == 0 {
		return Layout{V2: t.own}
	}
	return Layout{V2: t.own, Controllers: controllers, Enabled: handedDown(t.own) & controllers, Swap: t.swap()}
}

// shared makes groups in a shared directory below top.
func (t tree) shared(top, leaf string) Layout {
	dir := path.Join(top, sharedName)
	can := controllersOf(top)
	return Layout{V2: dir, Top: top, Leaf: leaf, Controllers: can, TopEnabled: handedDown(top) & can, Enabled: handedDown(dir) & can, Swap: t.swap()}
}

// swap looks for the file in our own group: the root never has it.
func (t tree) swap() Swap {
	file := exists(t.own + "/memory.swap.max")
	if !file && !exists(t.own+"/memory.max") {
		return SwapUnknown
	}
	return swap(file)
}

// isRoot reports whether a directory is the real root of the v2 tree.
//
// FACT — since 4.14 (cgroup-v2.rst) every group but the root has cgroup.type, also the one that a cgroup namespace shows as "/" — it
// tells a container's root from the host's.
func isRoot(dir string) bool { return !exists(dir + "/cgroup.type") }

// writableGroup says why no group can be made in dir, filled and limited.
//
// FACT — since 5.7 (commit ef2c41cf38a7) CLONE_INTO_CGROUP needs write permission on the cgroup.procs of the common ancestor of
// both groups, as a move does — all three files are looked at.
func writableGroup(dir string) error {
	if err := writable(dir + "/cgroup.procs"); err != nil {
		return err
	}
	return writableRest(dir)
}

func writableRest(dir string) error {
	if err := writable(dir + "/cgroup.subtree_control"); err != nil {
		return err
	}
	return writable(dir)
}

// writable is writableGroup for our own group.
func (t tree) writable() error {
	if t.deny != nil {
		return t.deny
	}
	return writableRest(t.own)
}

// controllersOf is the controllers that a group can hand down.
func controllersOf(dir string) Controllers {
	text, _ := read(dir + "/cgroup.controllers")
	return parseControllers(text, &namesV2)
}

// handedDown is the controllers that a group hands down now.
func handedDown(dir string) Controllers {
	text, _ := read(dir + "/cgroup.subtree_control")
	return parseControllers(text, &namesV2)
}

// canHandDown reports whether the kernel lets dir hand memory down: it does already, is the root, or is empty.
func canHandDown(dir string) bool {
	if handedDown(dir).Has(Memory) || isRoot(dir) {
		return true
	}
	procs, err := read(dir + "/cgroup.procs")
	return err == nil && procs == ""
}

// alone reports whether this process is the only one in a group. Processes that we cannot see are listed as 0.
func alone(dir string) bool {
	procs, err := read(dir + "/cgroup.procs")
	return err == nil && procs == strconv.Itoa(os.Getpid())
}

// limitOf is a limit set on a group, such as "memory.max = 104857600", or "".
//
// pids.max does not count: systemd sets it on every unit, and our groups have their own.
func limitOf(dir string) string {
	for _, file := range [...]string{"memory.max", "memory.high", "memory.swap.max", "cpu.max", "cpuset.cpus", "io.max"} {
		if text, err := read(dir + "/" + file); err == nil && text != "" && !strings.HasPrefix(text, "max") {
			return file + " = " + text
		}
	}
	return ""
}

// explain is the layout of a host where our own group cannot be written.
func explain(dir string, err error) Layout {
	switch {
	case err == syscall.EROFS:
		return Layout{Why: dir + " is mounted read-only", Hint: "mount it writable: mount -o remount,rw " + dir +
			"; for a container: docker run --privileged --cgroupns=private, or podman run --security-opt unmask=/sys/fs/cgroup"}
	case err == syscall.EACCES && os.Getuid() != 0:
		return Layout{Why: dir + " does not belong to uid " + strconv.Itoa(os.Getuid()), Hint: around().remedy(dir)}
	}
	return Layout{Why: dir + " cannot be written: " + err.Error(), Hint: "run as root, or in a cgroup that belongs to you"}
}
