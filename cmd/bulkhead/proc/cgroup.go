package proc

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Groups are where a process is in the trees of cgroups.
type Groups struct {
	// Lines are those of /proc/PID/cgroup.
	Lines []string
	// Dirs are directories by controller; "" is the tree of version 2.
	Dirs map[string]string
	tops map[string]string
	// named are the controllers that the process has a group for, shown or not.
	named map[string]bool
}

// Groups finds the process's, as the mounts of this process show them.
func (f FS) Groups(pid int) (Groups, error) {
	text, err := f.read(pid, "cgroup", mostRead)
	if err != nil {
		return Groups{}, err
	}
	mounts, _ := f.Mounts(os.Getpid())
	return ParseGroups(string(text), mounts), nil
}

// ParseGroups fits paths to mounts. One outside what the mounts show has no directory.
func ParseGroups(text string, mounts []Mount) Groups {
	g := Groups{Dirs: map[string]string{}, tops: map[string]string{}, named: map[string]bool{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		g.Lines = append(g.Lines, line)
		parts := strings.SplitN(line, ":", 3)
		if len(parts) != 3 {
			continue
		}
		for controller := range strings.SplitSeq(parts[1], ",") {
			g.named[controller] = true
			g.place(controller, parts[2], mounts)
		}
	}
	return g
}

func (g *Groups) place(controller, path string, mounts []Mount) {
	for _, m := range mounts {
		holds := m.Type == "cgroup2" && controller == "" || m.Type == "cgroup" && controller != "" && slices.Contains(m.super, controller)
		inside := path == m.Root || strings.HasPrefix(path, strings.TrimSuffix(m.Root, "/")+"/")
		if holds && inside && !strings.HasPrefix(path, "/..") {
			g.tops[controller] = m.Target
			g.Dirs[controller] = filepath.Join(m.Target, strings.TrimPrefix(path, strings.TrimSuffix(m.Root, "/")))
			return
		}
	}
}

// Limit is the smallest number in these files of the group and those around
// it: v2 in the tree of version 2, v1 in that of a controller. It is -1 where
// there is none, and ok is false where no such tree can be read.
func (g *Groups) Limit(v2, controller, v1 string) (limit int64, ok bool) {
	a, ok := g.least("", v2)
	if g.named[controller] {
		return g.least(controller, v1) // version 2 has not got it then
	}
	return a, ok
}

func (g *Groups) least(tree, file string) (limit int64, ok bool) {
	dir, ok := g.Dirs[tree]
	limit = -1
	for ok { // a group without the file, as the topmost is, sets no limit
		text, _ := os.ReadFile(filepath.Join(dir, file))
		if n := number(string(text)); n >= 0 && (limit < 0 || n < limit) {
			limit = n
		}
		if dir == g.tops[tree] || dir == "/" {
			break
		}
		dir = filepath.Dir(dir)
	}
	return limit, ok
}

// number is the first of a file, -1 for "max" and for what version 1 means by it.
func number(text string) int64 {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.ParseInt(first, 10, 64)
	if err != nil || n >= 1<<62 {
		return -1
	}
	return n
}
