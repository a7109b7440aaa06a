package self

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

func capabilities(s *Scene) (f faults) {
	if s.Asked.Namespaces.User == spec.NamespaceHost && !s.Root {
		return nil // an ordinary user's, who has none
	}
	var granted uint64
	for _, c := range s.Asked.Capabilities {
		if n, ok := c.Number(); ok {
			granted |= 1 << n
		}
	}
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
		is := s.Inside.capabilities(set)
		f.unless(is&^granted == 0, "%s has %#x, and only %#x was asked for", set, is, granted)
		f.unless(granted&^is == 0, "%s has %#x, and %#x was asked for", set, is, granted)
	}
	return f
}

func ids(s *Scene) (f faults) {
	u := &s.Asked.User
	f.unless(single(s.Inside.Fields["Uid"]) && single(s.Inside.Fields["Gid"]), "uids %s, gids %s", s.Inside.Fields["Uid"], s.Inside.Fields["Gid"])
	f.unless(u.UID == nil || first(s.Inside.Fields["Uid"]) == decimal(*u.UID), "the uid is %s", s.Inside.Fields["Uid"])
	f.unless(u.GID == nil || first(s.Inside.Fields["Gid"]) == decimal(*u.GID), "the gid is %s", s.Inside.Fields["Gid"])
	if s.Asked.Namespaces.User == spec.NamespaceHost {
		f.unless(first(s.Inside.Fields["Uid"]) != "0" && first(s.Inside.Fields["Gid"]) != "0", "the host's root")
		return f
	}
	if !s.Asked.Namespaces.User.IsNew() || s.dropped(spec.ProtectionIDMap) {
		return f
	}
	s.mapped(&f, "uid", s.Inside.UIDMap, u.UIDMap, *u.UID)
	s.mapped(&f, "gid", s.Inside.GIDMap, u.GIDMap, *u.GID)
	return f
}

// mapped holds a map to the ranges asked for or, without any, to the one id; what root maps must not be its own.
func (s *Scene) mapped(f *faults, name, is string, ranges []spec.IDMap, id uint32) {
	words := strings.Fields(is)
	if len(ranges) > 0 {
		f.unless(len(words) == 3*len(ranges), "the %s map is %q", name, is)
		return
	}
	fine := len(words) == 3 && words[0] == decimal(id) && words[2] == "1"
	f.unless(fine, "the %s map is %q, and not of %d alone", name, is, id)
	f.unless(!fine || !s.Root || words[1] != "0", "the %s map gives the host's root: %q", name, is)
	f.unless(s.Inside.SetGroups == "deny", "setgroups is %s", s.Inside.SetGroups)
}

func decimal(id uint32) string { return strconv.FormatUint(uint64(id), 10) }

func first(words string) string { return strings.Split(words, " ")[0] }

// single tells whether real, effective, saved and file-system id are one.
func single(words string) bool {
	four := strings.Fields(words)
	return len(four) == 4 && len(slices.Compact(four)) == 1
}

// groups: only root can take away those of the caller, who may have any outside.
func groups(s *Scene) (f faults) {
	for word := range strings.FieldsSeq(s.Inside.Fields["Groups"]) {
		n, _ := strconv.ParseUint(word, 10, 32)
		kept := !s.Root && s.Outside.Fields["Groups"] != ""
		f.unless(kept || slices.Contains(s.Asked.User.Groups, uint32(n)), "%s was not asked for", word)
	}
	return f
}

// limits are those of getrlimit(2). Where the launcher's own are lower, they stay.
func limits(s *Scene) (f faults) {
	l := &s.Asked.Limits
	most := func(text, name string, value spec.Size) {
		if own, set := l.Rlimits[name]; set {
			value = own
		}
		_, outside, _ := s.Outside.limit(text)
		_, hard, ok := s.Inside.limit(text)
		f.unless(ok && (value < 0 || hard <= uint64(value)) && hard <= outside, "%s: %d, want at most %d", name, hard, value)
	}
	most("Max core file size", "core", 0)
	if l.OpenFiles > 0 {
		most("Max open files", "nofile", max(spec.Size(l.OpenFiles), 4096))
	}
	if l.Stack != 0 {
		most("Max stack size", "stack", l.Stack)
	}
	if l.FileSize > 0 {
		most("Max file size", "fsize", l.FileSize)
	}
	if l.Pids > 0 {
		most("Max processes", "nproc", spec.Size(l.Pids+2)) // the cgroup is to be the first to refuse
	}
	return f
}

// cgroups: the limits on memory and processes hold in a group of the sandbox's own.
func cgroups(s *Scene) (f faults) {
	controllers := []struct {
		name    string
		what    spec.Protection
		limited bool
	}{{"memory", spec.ProtectionMemory, s.Asked.Limits.Memory > 0}, {"pids", spec.ProtectionPids, s.Asked.Limits.Pids > 0}}
	for _, c := range controllers {
		if !c.limited || s.dropped(c.what, spec.ProtectionCgroup) {
			continue
		}
		group := groupOf(s.Cgroups, c.name)
		f.unless(strings.Contains(group, "/bulkhead-"), "%s is limited in %q, which is not its own", c.name, group)
	}
	if s.Asked.Namespaces.Cgroup.IsNew() {
		for _, c := range controllers {
			group := groupOf(s.Inside.Cgroups, c.name)
			f.unless(group == "/", "the host's group is seen: %q", group)
		}
	}
	return f
}

// groupOf is the group with a controller: that of version 1, or otherwise the one of version 2; cgroups(7).
func groupOf(cgroups, controller string) string {
	unified := ""
	for line := range strings.SplitSeq(strings.TrimSpace(cgroups), "\n") {
		parts := strings.SplitN(line, ":", 3)
		switch {
		case len(parts) < 3:
		case parts[1] == "":
			unified = parts[2]
		case slices.Contains(strings.Split(parts[1], ","), controller):
			return parts[2]
		}
	}
	return unified
}

// initProcess: process 1 is our init or the program itself, and keeps its secrets.
func initProcess(s *Scene) (f faults) {
	if s.Inside.PID == 1 {
		f.unless(s.Asked.AsPID1, "the program is process 1")
		return f
	}
	f.unless(s.Asked.AsPID1 || len(s.Inside.InitOpen) == 0, "process 1 shows its %s", s.Inside.InitOpen)
	if s.Asked.Namespaces.PID.IsNew() && s.Asked.Namespaces.Mount.IsNew() && !s.Asked.AsPID1 {
		f.unless(s.Inside.InitCommand == "bulkhead-init" || s.Asked.Proc.HidePID == "invisible", "process 1 is %q", s.Inside.InitCommand)
	}
	return f
}

func process(s *Scene) (f faults) {
	f.unless(s.Inside.Dumpable == 1, "it is not dumpable: files of its own in /proc would be root's")
	f.unless(s.Inside.OOMScoreAdj == s.Outside.OOMScoreAdj, "oom_score_adj is %s", s.Inside.OOMScoreAdj)
	f.unless(s.Inside.Fields["Umask"] == fmt.Sprintf("%04o", uint32(*s.Asked.Umask)), "the umask is %s", s.Inside.Fields["Umask"])
	return f
}
