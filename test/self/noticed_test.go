package self

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// weakened are sandboxes without one of their walls, by the wall that has to be missed.
var weakened = []struct {
	name, wall string
	weaken     func(*spec.Spec)
}{
	{"seccomp none", "seccomp", func(s *spec.Spec) { s.Seccomp.Policy = "none" }},
	{"share net", "namespaces", func(s *spec.Spec) { s.Namespaces.Net = spec.NamespaceHost }},
	{"share ipc", "namespaces", func(s *spec.Spec) { s.Namespaces.IPC = spec.NamespaceHost }},
	{"share uts", "names", func(s *spec.Spec) { s.Namespaces.UTS = spec.NamespaceHost }},
	{"a capability", "capabilities", func(s *spec.Spec) { s.Capabilities = []spec.Capability{"NET_RAW"} }},
	{"new privileges", "no_new_privs", func(s *spec.Spec) { s.AllowNewPrivs = true }},
	{"another user", "ids", func(s *spec.Spec) { s.User.UID = new(uint32) }},
	{"a writable bind", "mounts", func(s *spec.Spec) { s.Mounts[0].Write = true }},
	{"a bind with devices", "mounts", func(s *spec.Spec) { s.Mounts[0].Dev = true }},
	{"one more bind", "mounts", func(s *spec.Spec) {
		s.Mounts = append(s.Mounts, spec.Mount{Type: spec.MountBind, Source: s.Mounts[0].Source, Target: "/srv/files"})
	}},
	{"a writable root", "mounts", func(s *spec.Spec) { s.Root.Overlay = &spec.Overlay{} }},
	{"a directory of the host", "files", func(s *spec.Spec) {
		s.Mounts = append(s.Mounts, spec.Mount{Type: spec.MountDir, Target: "/home/other"})
	}},
	{"a larger stack", "limits", func(s *spec.Spec) { s.Limits.Stack = 64 * spec.MiB }},
	{"more processes", "limits", func(s *spec.Spec) { s.Limits.Pids = 2000 }},
	{"core dumps", "limits", func(s *spec.Spec) { s.Limits.Rlimits = map[string]spec.Size{"core": 4096} }},
	{"the host's groups", "cgroup", func(s *spec.Spec) { s.Namespaces.Cgroup = spec.NamespaceHost }},
	{"a variable", "environment", func(s *spec.Spec) { s.KeepEnv = []string{"BULKHEAD_*"} }},
	{"no init", "init", func(s *spec.Spec) { s.AsPID1 = true }},
	{"an open umask", "process", func(s *spec.Spec) { s.Umask = spec.Mode(0) }},
}

// A wall that was taken away is missed: the comparison can fail.
func TestALackingWallIsNoticed(t *testing.T) {
	for _, c := range weakened {
		t.Run(c.name, func(t *testing.T) {
			s := base(t)
			asked := scene(t, &s).Asked
			c.weaken(&s)
			about := started(t, &s)
			about.Asked = asked
			missed(t, about, c.wall)
		})
	}
}

// A descriptor that was passed and a terminal that is not there.
func TestALackingStreamIsNoticed(t *testing.T) {
	fd, err := unix.Open("/dev/null", unix.O_RDONLY, 0) // not to be closed on exec
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	s := base(t)
	s.PassFDs = []int{fd}
	about := started(t, &s)
	about.Asked.PassFDs, about.Asked.Terminal = nil, true
	missed(t, about, "descriptors")
	missed(t, about, "session")
}

// What no Spec can take away is taken away in the report.
func TestEveryWallCanBeMissed(t *testing.T) {
	s := base(t)
	good := started(t, &s)
	if lacks := good.Lacks(); len(lacks) > 0 {
		t.Fatalf("lacks %q before anything is taken away", lacks)
	}
	for wall, spoil := range map[string]func(*Scene){
		"groups": func(s *Scene) {
			s.Outside.Fields, s.Inside.Fields = with(s.Outside.Fields, "Groups", ""), with(s.Inside.Fields, "Groups", "27")
		},
		"signals": func(s *Scene) { s.Inside.Fields = with(s.Inside.Fields, "SigIgn", "0000000000000001") },
		"process": func(s *Scene) { s.Inside.OOMScoreAdj = "-1000" },
		"cgroup":  func(s *Scene) { s.Cgroups, s.Dropped = "4:memory:/\n8:pids:/\n0::/", nil },
		"init":    func(s *Scene) { s.Inside.InitOpen = []string{"environ"} },
		"seccomp": func(s *Scene) { s.Inside.Fields = with(s.Inside.Fields, "Seccomp", "0") },
		"mounts": func(s *Scene) {
			s.Inside.Mounts = append(slices.Clone(s.Inside.Mounts), "/etc/shadow ro,nosuid,nodev ext4 x rw")
		},
		"session": func(s *Scene) { s.Inside.Session = 0 },
	} {
		bad := *good
		spoil(&bad)
		missed(t, &bad, wall)
	}
}

func with(fields map[string]string, name, value string) map[string]string {
	changed := map[string]string{name: value}
	for k, v := range fields {
		if k != name {
			changed[k] = v
		}
	}
	return changed
}

func missed(t *testing.T, s *Scene, wall string) {
	t.Helper()
	lacks := s.Lacks()
	if !slices.ContainsFunc(lacks, func(l string) bool { return strings.HasPrefix(l, wall+": ") }) {
		t.Errorf("%s is not missed; missed are %q", wall, lacks)
	}
}

// Each wall of the table is one that some test above takes away.
func TestEachWallIsTakenAway(t *testing.T) {
	taken := []string{"descriptors", "session", "groups", "signals", "process", "cgroup", "init", "seccomp", "mounts"}
	for _, c := range weakened {
		taken = append(taken, c.wall)
	}
	for _, w := range walls {
		if !slices.Contains(taken, w.name) {
			t.Errorf("no test takes %s away", w.name)
		}
	}
}
