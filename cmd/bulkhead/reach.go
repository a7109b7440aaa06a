package main

import (
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/cmd/bulkhead/proc"
)

// reach is what a process can see and touch.
type reach struct {
	Executable string `json:"executable"`
	Root       string `json:"root"`
	Directory  string `json:"directory"`
	// Mounts is how many there are. Writable are those of disks and networks whose mounts allow writing;
	// HostFiles those of file systems that the caller's tree shows, too; SetUID those where set-user-ID files act.
	Mounts    int             `json:"mounts"`
	Writable  []string        `json:"writable"`
	HostFiles []string        `json:"host_files"`
	SetUID    []string        `json:"set_uid"`
	Devices   []string        `json:"devices"`
	Listening []proc.Listener `json:"listening"`
	// Files are the open ones that lead out: paths not below its own mounts, and sockets and paths beyond 0 to 2.
	Files []openFile `json:"files"`
	// TracedBy is a process's number, 0 for nobody. Traceable says whom the kernel lets trace it.
	TracedBy  int     `json:"traced_by"`
	Traceable string  `json:"traceable"`
	Signal    signals `json:"may_signal"`
}

// openFile is a descriptor that leads somewhere.
type openFile struct {
	proc.File
	// Outside tells that its mount is not in the process's own tree.
	Outside bool `json:"outside"`
}

// signals are the processes that it may kill.
type signals struct {
	Processes int   `json:"processes"`
	With      []int `json:"with"`
	// Unknown is how many there are of which it cannot be told.
	Unknown int `json:"unknown"`
}

func (s *sight) reach() *reach {
	r := &reach{
		Executable: s.Exe, Root: s.Root, Directory: s.Dir, Mounts: len(s.Mounts), Devices: listed(s.Devices),
		Listening: append([]proc.Listener{}, s.Listeners...), TracedBy: s.Tracer, Traceable: s.traceable(), Signal: s.signals(),
	}
	r.Writable = targets(s.Mounts, func(m *proc.Mount) bool { return m.Writable() && !m.InMemory() })
	r.HostFiles = targets(s.Mounts, s.fromHost)
	r.SetUID = targets(s.Mounts, func(m *proc.Mount) bool { return m.SetUID() && !m.InMemory() })
	r.Files = s.leadingOut()
	return r
}

func targets(mounts []proc.Mount, which func(*proc.Mount) bool) []string {
	list := []string{}
	for i := range mounts {
		if which(&mounts[i]) {
			list = append(list, mounts[i].Target)
		}
	}
	return list
}

// fromHost reports whether the caller's tree shows the same file system of a disk.
func (s *sight) fromHost(m *proc.Mount) bool {
	return !m.InMemory() && slices.ContainsFunc(s.mounts, func(h proc.Mount) bool { return h.Device == m.Device })
}

// leadingOut are the descriptors that are more than what a mount already shows or the three standard streams.
func (s *sight) leadingOut() []openFile {
	list := []openFile{}
	for _, f := range s.Files {
		path := strings.HasPrefix(f.Name, "/")
		outside := path && len(s.Mounts) > 0 && f.Mount != "" && !slices.ContainsFunc(s.Mounts, func(m proc.Mount) bool { return m.ID == f.Mount })
		if outside || f.FD > 2 && (path || strings.HasPrefix(f.Name, "socket:")) {
			list = append(list, openFile{File: f, Outside: outside})
		}
	}
	return list
}

// traceable is who may trace the process, besides those with the capability SYS_PTRACE in its user namespace.
func (s *sight) traceable() string {
	switch {
	case !s.Dumpable:
		return "only with SYS_PTRACE: it is not dumpable, or may not be looked at"
	case s.scope >= 3:
		return "by nobody: Yama forbids it"
	case s.scope == 2:
		return "only with SYS_PTRACE: Yama"
	case s.scope == 1:
		return "by processes above it with the same user and no fewer capabilities: Yama"
	}
	return "by any process of the same user that sees it and has no fewer capabilities"
}

// signals finds the processes that it sees and whose user it is, or over whom it has the capability KILL; kill(2).
func (s *sight) signals() signals {
	r := signals{With: []int{}}
	mayKill := slices.Contains(capabilityList(s.Effective), "KILL")
	around := remember(s.above)
	for _, e := range s.all {
		if e.PID == s.PID {
			continue
		}
		same := len(s.UIDs) > 1 && (e.UID == s.UIDs[0] || e.UID == s.UIDs[1])
		if !same && !(mayKill && s.within(e, "user", around)) {
			continue
		}
		switch seen, known := s.sees(e, around); {
		case !known:
			r.Unknown++
		case seen:
			r.Processes++
			if len(r.With) < mostNamed {
				r.With = append(r.With, e.PID)
			}
		}
	}
	return r
}

// sees reports whether a process is in the pid namespace or beneath it. All that we list is beneath ours.
func (s *sight) sees(e proc.Entry, around func(proc.Entry, string) []string) (seen, known bool) {
	mine := s.Process.Namespaces["pid"]
	self := find(s.all, s.self)
	switch {
	case mine == "" || self == nil:
		return false, false
	case mine == self.Namespaces["pid"]:
		return true, true
	case e.Namespaces["pid"] == "":
		return false, false
	}
	return s.within(e, "pid", around), true
}

func (s *sight) within(e proc.Entry, kind string, around func(proc.Entry, string) []string) bool {
	mine := s.Process.Namespaces[kind]
	return mine != "" && (e.Namespaces[kind] == mine || slices.Contains(around(e, kind), mine))
}

// remember asks once for each namespace.
func remember(above func(pid int, kind string) []string) func(proc.Entry, string) []string {
	known := map[string][]string{}
	return func(e proc.Entry, kind string) []string {
		link := e.Namespaces[kind]
		list, ok := known[link]
		if !ok && link != "" {
			list = above(e.PID, kind)
			known[link] = list
		}
		return list
	}
}
