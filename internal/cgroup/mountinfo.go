package cgroup

import (
	"path"
	"strings"
)

// mountLine is one cgroup mount of /proc/self/mountinfo; proc_pid_mountinfo(5).
type mountLine struct {
	root        string // the directory of the hierarchy that is mounted
	mount       string
	v2          bool
	controllers Controllers
}

// cgroupMounts reads the cgroup mounts of a mountinfo file.
func cgroupMounts(text string) []mountLine {
	var all []mountLine
	for line := range strings.SplitSeq(text, "\n") {
		place, kind, ok := strings.Cut(line, " - ")
		if !ok || !strings.HasPrefix(kind, "cgroup") {
			continue
		}
		left, right := strings.Split(place, " "), strings.Split(kind, " ") // a name may hold other kinds of blank
		if len(left) < 5 || len(right) < 3 {
			continue
		}
		all = append(all, mountLine{
			root:        unescape(left[3]),
			mount:       unescape(left[4]),
			v2:          right[0] == "cgroup2",
			controllers: parseControllers(right[2], &namesV1),
		})
	}
	return all
}

// holds is the tree of this mount if it is the member's hierarchy and shows the member's group.
func (l mountLine) holds(m membership) tree {
	if l.v2 != m.v2 || !l.controllers.Has(m.controllers) && !m.v2 {
		return tree{}
	}
	below, ok := strings.CutPrefix(m.path, strings.TrimSuffix(l.root, "/"))
	if !ok || below != "" && below[0] != '/' {
		return tree{}
	}
	return treeAt(l.mount, path.Join(l.mount, below))
}

// unescape undoes the kernel's octal escapes for blank, tab, newline and backslash.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}
