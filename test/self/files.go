package self

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// system begins the paths of the host's programs and libraries; of /etc only what holds no secret.
var system = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix", "/gnu", "/etc"}

// secrets are never shown, whatever shows /etc.
var secrets = []string{"/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d", "/etc/ssh", "/etc/ssl/private", "/etc/krb5.keytab"}

// devices are what /dev may hold.
var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}

// scratch are the writable places of every sandbox.
func (s *Scene) scratch() []string {
	return []string{"/dev", "/dev/pts", "/dev/shm", "/tmp", s.Asked.User.Home}
}

// asked is the last mount of the Spec at or above a path.
func (s *Scene) asked(p string) *spec.Mount {
	var found *spec.Mount
	for i := range s.Asked.Mounts {
		m := &s.Asked.Mounts[i]
		if within(p, m.Target) && (found == nil || within(m.Target, found.Target)) {
			found = m
		}
	}
	return found
}

func within(p, dir string) bool {
	return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}

// mounts: each is one that was asked for, and writable, with devices or with set-user-ID programs only as asked.
func mounts(s *Scene) (f faults) {
	if !s.Asked.Namespaces.Mount.IsNew() {
		return nil // the mount table is another's
	}
	list := s.Inside.mounts()
	f.unless(len(list) > 1, "no mounts are seen")
	for _, m := range list {
		f.unless(s.expected(m), "%s (%s) was not asked for", m.point, m.fstype)
		f.unless(m.has("ro") || s.writable(m), "%s is writable", m.point)
		device := slices.Contains(devices, m.point)
		f.unless(m.has("nosuid"), "%s lacks nosuid", m.point)
		f.unless(m.has("nodev") || device || s.withDevices(m), "%s lacks nodev", m.point)
	}
	return f
}

// expected tells whether a mount is furniture, the system's, or the Spec's.
func (s *Scene) expected(m mount) bool {
	if s.asked(m.point) != nil || s.Asked.Root.Kind == spec.RootDir {
		return true
	}
	if slices.ContainsFunc(secrets, func(p string) bool { return within(m.point, p) }) {
		return false
	}
	furniture := append([]string{"/", "/proc", "/sys/fs/cgroup"}, append(s.scratch(), devices...)...)
	return slices.Contains(furniture, m.point) || slices.Contains(s.Asked.Proc.Mask, m.point) ||
		s.Asked.Namespaces.PID == spec.NamespaceHost && within(m.point, "/proc") || s.ofSystem(m.point)
}

func (s *Scene) ofSystem(p string) bool {
	return s.Asked.Root.Kind == spec.RootHost && slices.ContainsFunc(system, func(dir string) bool { return within(p, dir) })
}

func (s *Scene) writable(m mount) bool {
	if asked := s.asked(m.point); asked != nil {
		return asked.Write || asked.Type != spec.MountBind
	}
	switch {
	case m.point == "/" || s.ofSystem(m.point):
		return s.Asked.Root.Writable || s.Asked.Root.Overlay != nil
	case within(m.point, "/proc"):
		return !s.Asked.Proc.ReadOnly
	}
	return slices.Contains(s.scratch(), m.point) // a device is the host's: its owner could change its mode
}

// withDevices: terminals have to be opened, and the root of a sandbox holds the nodes of /dev.
func (s *Scene) withDevices(m mount) bool {
	asked := s.asked(m.point)
	return asked != nil && asked.Dev || asked == nil && slices.Contains([]string{"/", "/dev", "/dev/pts"}, m.point) && s.Asked.Root.Kind != spec.RootDir
}

// hostFiles: where the host keeps its own there is nothing but what was asked for.
func hostFiles(s *Scene) (f faults) {
	if !s.Asked.Namespaces.Mount.IsNew() || s.Asked.Root.Kind == spec.RootDir {
		return nil
	}
	for dir, entries := range s.Inside.Seen {
		for _, name := range entries {
			p := path.Join(dir, name)
			f.unless(s.known(dir, p), "%s is seen", p)
		}
	}
	return f
}

func (s *Scene) known(dir, p string) bool {
	furniture := append([]string{"/proc", "/sys", "/run", "/var/tmp", "/var/run", "/etc", "/home"}, s.scratch()...)
	if s.asked(p) != nil || slices.Contains(furniture, p) || dir == "/" && (s.ofSystem(p) || p == "/var") {
		return true
	}
	above := append([]string{s.Asked.User.Home}, targets(s.Asked.Mounts)...)
	return slices.ContainsFunc(above, func(target string) bool { return within(target, p) })
}

func targets(list []spec.Mount) []string {
	found := make([]string, len(list))
	for i, m := range list {
		found[i] = m.Target
	}
	return found
}
