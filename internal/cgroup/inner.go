package cgroup

import "path"

// innerName is the group below the one with the limits; see [Layout].Inner.
const innerName = "inside"

// inner is where the processes of a v1 group are.
//
// FACT — since 4.6 (cgroup_namespaces(7)) a mount of the tree shows nothing above the group in which its maker's cgroup
// namespace was made — the limits, one level further up, are out of reach for a program that can mount, whoever owns
// their files; those of v1 count for all groups below, except blkio's.
func (s *setup) inner(dir string) string {
	if !s.l.Inner {
		return dir
	}
	inner := path.Join(dir, innerName)
	s.Dirs = appendNew(s.Dirs, inner)
	return inner
}

// hide makes the group part of every v1 hierarchy: in one where it is not, the
// program's own level would be the launcher's.
func (s *setup) hide() {
	if !s.l.Inner {
		return
	}
	s.l.V1.set().each(func(c Controllers) {
		used := s.used.Has(c)
		if dir := s.use(c); c == Cpuset && !s.l.onV2(c) {
			s.hideCpuset(dir, used)
		}
	})
}

// hideCpuset lets processes into the lower of two cpuset groups, and, unless a limit does, into the upper.
func (s *setup) hideCpuset(dir string, limited bool) {
	cpus := s.l.CPUs
	if limited {
		cpus = s.Writes[len(s.Writes)-1].Value // cpuset wrote them last
	} else {
		s.cpusetWrites(dir, cpus)
	}
	s.cpusetWrites(path.Join(dir, innerName), cpus)
}

func (s *setup) cpusetWrites(dir, cpus string) {
	s.write(dir, "cpuset.mems", s.l.Mems, "use memory nodes "+s.l.Mems)
	s.write(dir, "cpuset.cpus", cpus, "use processors "+cpus)
}

// added is the sum of one value over the directories whose own counts make up a group's.
//
// FACT — on v1 (memcontrol.c, pids.c) events are counted where the process is, and not above — so below Inner they are added up.
func (g *Group) added(dir string, value func(dir string) int64) int64 {
	if !g.l.Inner || dir == "" {
		return value(dir)
	}
	var sum int64
	_ = walk(dir, func(here string) error { // a counter that cannot be read is 0, as elsewhere
		sum += value(here)
		return nil
	}, nil)
	return sum
}
