package self

import (
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/spec"
)

// mode is one way to ask for a sandbox and to start it.
type mode struct {
	name  string
	needs func(testing.TB)
	set   func(*spec.Spec)
	way   way
}

func modes() []mode {
	plain := func(*spec.Spec) {}
	pid1 := func(s *spec.Spec) { s.AsPID1 = true }
	terminal := func(s *spec.Spec) { s.Terminal = true }
	nest := func(s *spec.Spec) { s.Nest = true }
	list := []mode{
		{"init", nil, plain, started}, {"as-pid-1", nil, pid1, started}, {"terminal", nil, terminal, started}, {"nest", nil, nest, started},
		{"detached", nil, plain, detached}, {"detached as-pid-1", nil, pid1, detached}, {"detached terminal", nil, terminal, detached},
		{"pool", nil, plain, pooled}, {"pool capabilities", nil, func(s *spec.Spec) { s.Capabilities = []spec.Capability{"NET_ADMIN"} }, pooled},
		{"exec", nil, plain, added}, {"exec as-pid-1", nil, pid1, added}, {"exec terminal", nil, terminal, added}, {"exec nest", nil, nest, added},
		{"no cgroup asked", nil, func(s *spec.Spec) { s.Limits.Memory, s.Limits.Pids = spec.Unlimited, spec.Unlimited }, started},
		{"capabilities", nil, func(s *spec.Spec) { s.Capabilities = []spec.Capability{"NET_ADMIN", "SYS_ADMIN"} }, started},
		{"exec capabilities", nil, func(s *spec.Spec) { s.Capabilities = []spec.Capability{"NET_ADMIN"} }, added},
		{"uid 0", nil, func(s *spec.Spec) { s.User.UID = new(uint32) }, started},
		{"uid 0, new privileges", nil, func(s *spec.Spec) { s.User.UID, s.AllowNewPrivs = new(uint32), true }, started},
		{"seccomp none", nil, func(s *spec.Spec) { s.Seccomp.Policy = "none" }, started},
		{"landlock", landlock, func(s *spec.Spec) { s.Landlock.Mode = "on" }, started},
		{"writable root", nil, func(s *spec.Spec) { s.Root.Overlay = &spec.Overlay{} }, started},
		{"empty root", nil, func(s *spec.Spec) { s.Root.Kind = spec.RootEmpty }, started},
	}
	return append(append(append(list, shared()...), joined()...), profiles()...)
}

func landlock(t testing.TB) {
	boxtest.Require(t, "landlock", host.Facts().LandlockABI > 0, "the kernel has no Landlock")
}

// shared are each namespace of the host's, one at a time.
func shared() []mode {
	var list []mode
	for _, kind := range []string{"pid", "net", "ipc", "uts", "cgroup", "time"} {
		set := func(s *spec.Spec) { *field(&s.Namespaces, kind) = spec.NamespaceHost }
		var needs func(testing.TB)
		if kind == "pid" {
			needs = func(t testing.TB) { boxtest.RequireCgroup(t, cgroup.Pids) } // without one it is refused
		}
		list = append(list, mode{"share " + kind, needs, set, started}, mode{"exec, share " + kind, needs, set, added})
	}
	root := func(t testing.TB) { boxtest.RequireRoot(t, "others cannot build a sandbox in the host's") }
	return append(list,
		mode{"share user", root, func(s *spec.Spec) { s.Namespaces.User = spec.NamespaceHost }, started},
		mode{"share mount", root, func(s *spec.Spec) {
			s.Namespaces.Mount, s.Mounts, s.Command = spec.NamespaceHost, nil, []string{hostile, "self"}
		}, started})
}

// joined are each namespace of a running sandbox, one at a time and all.
func joined() []mode {
	plain := func(*spec.Spec) {}
	var list []mode
	all := []string{"user", "pid", "net", "ipc", "uts", "cgroup", "time"}
	for _, kind := range all {
		list = append(list, mode{"join " + kind, nil, plain, beside(kind)})
	}
	tree := func(s *spec.Spec) { s.Mounts = nil } // theirs shows the hostile program, too
	return append(list,
		mode{"join user and net, as-pid-1", nil, func(s *spec.Spec) { s.AsPID1 = true }, beside("user", "net")},
		mode{"join all", nil, tree, beside(append(all, "mnt")...)})
}

func profiles() []mode {
	var list []mode
	for _, name := range spec.Profiles() {
		p, _ := spec.Profile(name)
		set := func(s *spec.Spec) {
			mounts := s.Mounts
			*s = p.Clone()
			s.Command, s.Mounts = []string{inside, "self"}, append(s.Mounts, mounts...)
		}
		needs := func(t testing.TB) {
			if len(p.AllowDrop) == 0 {
				boxtest.RequireCgroup(t, cgroup.Memory|cgroup.Pids)
			}
		}
		list = append(list, mode{"profile " + name, needs, set, started}, mode{"exec, profile " + name, needs, set, added})
		if !p.Terminal && len(p.Mounts) == 0 { // a Pool has no terminal, and does not take our directory, which is in /tmp
			list = append(list, mode{"pool, profile " + name, needs, set, pooled})
		}
	}
	return list
}

// Every wall stands in every mode.
func TestNoModeLacksAWall(t *testing.T) {
	hostile = boxtest.Hostile(t)
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			if m.needs != nil {
				m.needs(t)
			}
			t.Chdir(boxtest.TempDir(t)) // which profile agent shows
			s := base(t)
			m.set(&s)
			for _, lack := range m.way(t, &s).Lacks() {
				t.Error(lack)
			}
		})
	}
}
