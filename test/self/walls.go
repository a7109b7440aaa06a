package self

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// Scene is one program in one sandbox.
type Scene struct {
	// Asked is what was asked for, with all defaults.
	Asked spec.Spec
	// Root tells whether root started it.
	Root bool
	// Launcher is the environment of the launcher.
	Launcher []string
	// Outside is a child of the launcher without a sandbox, Inside the program.
	Outside, Inside Report
	// Joined are the namespaces of the sandbox that is joined, if one is.
	Joined map[string]string
	// Cgroups are the program's, as the host sees them.
	Cgroups string
	// Dropped are the protections that were said to be missing.
	Dropped []spec.Dropped
}

// walls is everything that is held against the request.
var walls = []struct {
	name string
	look func(*Scene) faults
}{
	{"namespaces", namespaces},
	{"names", hostNames},
	{"capabilities", capabilities},
	{"no_new_privs", noNewPrivs},
	{"seccomp", filters},
	{"ids", ids},
	{"groups", groups},
	{"mounts", mounts},
	{"files", hostFiles},
	{"descriptors", descriptors},
	{"limits", limits},
	{"cgroup", cgroups},
	{"session", session},
	{"environment", environment},
	{"signals", signals},
	{"init", initProcess},
	{"process", process},
}

// Lacks says what is not as it was asked for, each with the name of its wall.
func (s *Scene) Lacks() []string {
	var found []string
	for _, w := range walls {
		for _, what := range w.look(s) {
			found = append(found, w.name+": "+what)
		}
	}
	return found
}

// faults collects what is wrong.
type faults []string

func (f *faults) unless(fine bool, format string, a ...any) {
	if !fine {
		*f = append(*f, fmt.Sprintf(format, a...))
	}
}

func (s *Scene) dropped(any ...spec.Protection) bool {
	return slices.ContainsFunc(s.Dropped, func(d spec.Dropped) bool { return slices.Contains(any, d.Protection) })
}

// kind is a namespace by the kernel's name.
type kind struct {
	name string
	from spec.Namespace
}

func kinds(n *spec.Namespaces) []kind {
	return []kind{{"user", n.User}, {"pid", n.PID}, {"mnt", n.Mount}, {"net", n.Net}, {"ipc", n.IPC}, {"uts", n.UTS}, {"cgroup", n.Cgroup}, {"time", n.Time}}
}

func namespaces(s *Scene) (f faults) {
	for _, k := range kinds(&s.Asked.Namespaces) {
		is, hosts, theirs := s.Inside.Namespaces[k.name], s.Outside.Namespaces[k.name], s.Joined[k.name]
		f.unless(is != "", "%s is not known", k.name)
		switch what, _ := k.from.Kind(); {
		case k.name == "time" && s.dropped(spec.ProtectionTimeNamespace): // it was told
		case what == "new":
			f.unless(is != hosts, "%s is the host's, and not new", k.name)
			f.unless(is != theirs, "%s is the other sandbox's, and not new", k.name)
		case what == "host":
			f.unless(is == hosts, "%s is not the host's", k.name)
		case k.name == "time": // of what joins a process, the clocks are alike, in a namespace of its own
			f.unless(is != hosts, "%s is the host's, and not joined", k.name)
		default:
			f.unless(is == theirs, "%s is %s, and not %s, which is joined", k.name, is, theirs)
		}
	}
	for _, k := range []string{"pid", "time"} {
		f.unless(s.Inside.Namespaces[k+"_for_children"] == s.Inside.Namespaces[k], "children get another %s namespace", k)
	}
	return f
}

func hostNames(s *Scene) (f faults) {
	if s.Asked.Namespaces.UTS.IsNew() {
		f.unless(s.Inside.Hostname == s.Asked.Hostname, "the host name is %s", s.Inside.Hostname)
		f.unless(s.Inside.Domainname == s.Asked.Domainname, "the domain name is %s", s.Inside.Domainname)
	}
	return f
}

func filters(s *Scene) (f faults) {
	want := s.Outside.filters()
	if s.Asked.Seccomp.Policy != "none" {
		want++
		f.unless(s.Inside.Fields["Seccomp"] == "2", "the mode is %s", s.Inside.Fields["Seccomp"])
	}
	f.unless(s.Inside.filters() >= want, "%d filters, want %d", s.Inside.filters(), want)
	return f
}

func noNewPrivs(s *Scene) (f faults) {
	f.unless(s.Asked.AllowNewPrivs || s.Inside.Fields["NoNewPrivs"] == "1", "it is %s", s.Inside.Fields["NoNewPrivs"])
	return f
}

func session(s *Scene) (f faults) {
	f.unless(s.Inside.Session == s.Inside.PID, "the session %d is not the program's own, %d", s.Inside.Session, s.Inside.PID)
	f.unless((s.Inside.TTY != 0) == s.Asked.Terminal, "the controlling terminal is %d", s.Inside.TTY)
	return f
}

func environment(s *Scene) (f faults) {
	want := names(s.Asked.Environ(s.Launcher))
	for _, name := range names(s.Inside.Env) {
		f.unless(slices.Contains(want, name), "%s was not asked for", name)
	}
	return f
}

func names(env []string) []string {
	list := make([]string, len(env))
	for i, entry := range env {
		list[i], _, _ = strings.Cut(entry, "=")
	}
	return list
}

func descriptors(s *Scene) (f faults) {
	for fd, leads := range s.Inside.FDs {
		f.unless(fd <= 2 || slices.Contains(s.Asked.PassFDs, fd), "%d, which is %s, was not asked for", fd, leads)
	}
	return f
}

func signals(s *Scene) (f faults) {
	f.unless(strings.Trim(s.Inside.Fields["SigBlk"], "0") == "", "blocked: %s", s.Inside.Fields["SigBlk"])
	f.unless(strings.Trim(s.Inside.Fields["SigIgn"], "0") == "", "ignored: %s", s.Inside.Fields["SigIgn"])
	return f
}
