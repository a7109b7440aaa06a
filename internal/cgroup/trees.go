package cgroup

import (
	"path"
	"strings"
	"syscall"
)

// tree is one mounted hierarchy: where it is mounted, and where in it this process is.
type tree struct {
	mount string
	own   string
	deny  error // why our own group cannot be written, nil if it can
}

// trees are the hierarchies of this host that this process can see.
type trees struct {
	v2 tree
	v1 [7]tree // by controller
}

// membership is one line of /proc/self/cgroup; cgroups(7).
type membership struct {
	v2          bool
	list        string // v1: "cpu,cpuacct"
	controllers Controllers
	path        string
}

// memberships reads the lines that matter here: v2's and those of known controllers.
func memberships(text string) []membership {
	var all []membership
	for line := range strings.SplitSeq(text, "\n") {
		id, rest, _ := strings.Cut(line, ":")
		list, dir, ok := strings.Cut(rest, ":")
		m := membership{v2: id == "0" && list == "", list: list, controllers: parseControllers(list, &namesV1), path: dir}
		if ok && (m.v2 || m.controllers != 0) {
			all = append(all, m)
		}
	}
	return all
}

// findTrees finds the v2 tree, and the v1 hierarchies of the controllers that
// are needed: each costs a look. It looks at the places where everybody mounts
// them, and reads mountinfo, which may be long, only when something is not there.
func findTrees(need Controllers) trees {
	text, err := read("/proc/self/cgroup")
	if err != nil {
		return trees{}
	}
	var t trees
	mounts := mountTable{usual: inInitialNamespace()}
	members := memberships(text)
	for _, m := range members {
		if m.v2 {
			t.v2 = mounts.find(m)
		}
	}
	if t.v2.own == "" || t.v2.deny != nil {
		need |= CPUAcct | Freezer // what v2 would do
	}
	for _, m := range members {
		if m.controllers&need != 0 {
			found := mounts.find(m)
			m.controllers.each(func(c Controllers) { t.v1[c.index()] = found })
		}
	}
	return t
}

// inInitialNamespace reports whether paths in /proc/self/cgroup begin at the real root.
//
// FACT — since 4.6 (commit a79a908fd2b0) the initial cgroup namespace has the fixed inode 4026531835 (PROC_CGROUP_INIT_INO) —
// there, what is mounted in the usual places begins at the same root — elsewhere mountinfo tells where it begins.
func inInitialNamespace() bool {
	var buf [64]byte
	n, err := syscall.Readlink("/proc/self/ns/cgroup", buf[:])
	return err == nil && string(buf[:n]) == "cgroup:[4026531835]"
}

// mountTable finds mounted hierarchies.
type mountTable struct {
	usual bool // look at the usual places first
	lines []mountLine
	known bool
}

func (t *mountTable) find(m membership) tree {
	if strings.HasPrefix(m.path, "/..") || strings.HasSuffix(m.path, " (deleted)") {
		return tree{} // outside of what this cgroup namespace shows, or removed
	}
	if t.usual {
		if found := usualPlace(m); found.own != "" {
			return found
		}
	}
	if !t.known {
		text, _ := read("/proc/self/mountinfo")
		t.lines, t.known = cgroupMounts(text), true
	}
	for _, line := range t.lines {
		if found := line.holds(m); found.own != "" {
			return found
		}
	}
	return tree{}
}

// usualPlace is where nearly every host mounts a hierarchy, if it is there:
// one call per place finds out whether it is, and whether we may write it.
func usualPlace(m membership) tree {
	places := []string{"/sys/fs/cgroup/" + m.list}
	if m.v2 {
		places = []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}
	}
	for _, mount := range places {
		if found := treeAt(mount, path.Join(mount, m.path)); found.own != "" {
			return found
		}
	}
	return tree{}
}

// treeAt is the tree with our own group at this directory, empty when there is no group.
func treeAt(mount, own string) tree {
	err := writable(own + "/cgroup.procs")
	if err == syscall.ENOENT || err == syscall.ENOTDIR {
		return tree{}
	}
	return tree{mount: mount, own: own, deny: err}
}
