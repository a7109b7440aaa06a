package cgroup

import "strings"

// Probe finds out where this process may make groups that limit memory and
// processes. It decides by trying (access(2), which also sees a read-only
// tree), makes nothing, and costs some dozens of microseconds: it is on the
// start path of every run.
//
// New groups go below our own, so that a limit that holds for us holds for
// them. Where the kernel forbids that, see [Layout] and docs/cgroups.md for the rule.
func Probe() Layout { return ProbeFor(core) }

// ProbeFor is Probe for limits that need further controllers, as [Needs] says,
// or for [All]. On v1 each costs a look, and on v2 they may be available only
// further up in the tree: so a Layout has them only when they were asked for.
func ProbeFor(need Controllers) Layout { return findTrees(need | core).layout(need | core) }

// layout decides what to use of these hierarchies.
func (t trees) layout(need Controllers) Layout {
	l := t.v2.place(need)
	t.v1Dirs(&l)
	switch can := l.Can(); {
	case can.Has(core):
		l.Why, l.Hint = "", ""
	case l.Why != "":
	case !l.Usable():
		none := t.nothing()
		l.Why, l.Hint = none.Why, none.Hint
	default:
		l.Why, l.Hint = l.missing((core &^ can).first())
	}
	return l
}

// v1Dirs takes the writable v1 hierarchies; a controller is in one hierarchy only, so none of them is v2's.
func (t trees) v1Dirs(l *Layout) {
	All.each(func(c Controllers) {
		if one := t.v1[c.index()]; one.own != "" && one.deny == nil {
			*l.V1.field(c) = one.own
		}
	})
	if l.V1.Memory != "" {
		l.Swap = swap(exists(l.V1.Memory + "/memory.memsw.limit_in_bytes"))
	}
	if l.V1.Cpuset != "" {
		l.Mems, _ = read(l.V1.Cpuset + "/cpuset.effective_mems")
		l.CPUs, _ = read(l.V1.Cpuset + "/cpuset.effective_cpus")
	}
}

// swap is the state of a host whose kernel has, or has not, a file that limits swap.
func swap(file bool) Swap {
	if file {
		return SwapControlled
	}
	if areas, _ := read("/proc/swaps"); strings.Contains(areas, "\n") {
		return SwapUncontrolled
	}
	return SwapNone
}

// nothing explains why no hierarchy can be used at all.
func (t trees) nothing() Layout {
	for _, one := range t.v1 {
		if one.own != "" {
			return explain(one.own, one.deny)
		}
	}
	return Layout{Why: "no cgroup file system that shows our own group is mounted", Hint: "as root: mount -t cgroup2 none /sys/fs/cgroup"}
}
