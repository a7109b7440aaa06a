package spec

import (
	"maps"
	"math"
	"slices"
)

// The sizes, counts and times that a Spec gets where it says nothing.
const (
	defaultID          = 1000
	defaultHostname    = "bulkhead"
	defaultUmask       = FileMode(0o022)
	defaultMemory      = 4 * GiB
	defaultPids        = 1024
	defaultWall        = Duration(3600e9)
	defaultTmp         = 512 * MiB
	defaultTmpInodes   = 65536
	defaultStack       = 8 * MiB
	defaultOpenFiles   = 1024
	defaultTmpfs       = 64 * MiB
	defaultTmpfsInodes = 65536
	defaultLayer       = 512 * MiB
	defaultLayerInodes = 262144
	defaultDirMode     = FileMode(0o755)
	defaultFileMode    = FileMode(0o644)
)

// Sizes for Specs written as Go literals.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
	GiB Size = 1 << 30
	TiB Size = 1 << 40
)

// WithDefaults returns a copy in which every field that was left out has the
// default that its comment names. The copy shares no memory with s. It checks nothing: see Validate.
func (s *Spec) WithDefaults() Spec {
	d := s.Clone()
	d.User.fill(d.Namespaces.User, d.Namespaces.Mount.IsNew())
	d.Workdir = or(d.Workdir, d.start())
	d.Umask = orPointer(d.Umask, defaultUmask)
	if d.Namespaces.UTS.IsNew() {
		d.Hostname = or(d.Hostname, defaultHostname)
		d.Domainname = or(d.Domainname, "(none)")
	}
	d.Namespaces.fill()
	d.Root.fill()
	for i := range d.Mounts {
		d.Mounts[i].fill()
	}
	d.Proc.HidePID = or(d.Proc.HidePID, "off")
	d.Seccomp.Policy = or(d.Seccomp.Policy, "default")
	d.Landlock.Mode = or(d.Landlock.Mode, "off")
	d.Limits.fill(d.Terminal)
	return d
}

// start is where a program starts that does not say. A foreign tree that is not
// writable need not have the user's home.
func (s *Spec) start() string {
	if s.Root.Kind == RootDir && s.Root.Overlay == nil && !slices.ContainsFunc(s.Mounts, func(m Mount) bool { return m.Target == s.User.Home }) {
		return "/"
	}
	return s.User.Home
}

// or is the value, or where it is left out the default.
func or[T comparable](value, byDefault T) T {
	var zero T
	if value == zero {
		return byDefault
	}
	return value
}

func orPointer[T any](value *T, byDefault T) *T {
	if value == nil {
		return &byDefault
	}
	return value
}

// fill completes the identity. In a tree that is not made for it the user has no home.
func (u *User) fill(namespace Namespace, furnished bool) {
	if namespace != NamespaceHost {
		u.UID = orPointer(u.UID, defaultID)
		u.GID = orPointer(u.GID, *u.UID)
	}
	root := u.UID != nil && *u.UID == 0
	if u.Name == "" {
		u.Name = "user"
		if root {
			u.Name = "root"
		}
	}
	switch {
	case u.Home != "":
	case !furnished:
		u.Home = "/"
	case root:
		u.Home = "/root"
	default:
		u.Home = "/home/" + u.Name
	}
}

func (n *Namespaces) fill() {
	for _, field := range n.fields() {
		*field.value = or(*field.value, NamespaceNew)
	}
}

// namespaceField is one kind of namespace by the name that files use.
type namespaceField struct {
	name  string
	value *Namespace
}

func (n *Namespaces) fields() [8]namespaceField {
	return [...]namespaceField{
		{"user", &n.User}, {"pid", &n.PID}, {"mount", &n.Mount}, {"net", &n.Net},
		{"ipc", &n.IPC}, {"uts", &n.UTS}, {"cgroup", &n.Cgroup}, {"time", &n.Time},
	}
}

func (r *Root) fill() {
	r.Kind = or(r.Kind, RootHost)
	if r.Kind == RootEmpty {
		r.Size, r.Inodes = or(r.Size, defaultTmpfs), or(r.Inodes, defaultTmpfsInodes)
	}
	if r.Overlay != nil && r.Overlay.Dir == "" {
		r.Overlay.Size = or(r.Overlay.Size, defaultLayer)
		r.Overlay.Inodes = or(r.Overlay.Inodes, defaultLayerInodes)
	}
}

func (m *Mount) fill() {
	switch m.Type {
	case MountBind:
		m.Own = orPointer(m.Own, m.Write)
	case MountTmpfs:
		m.Size, m.Inodes = or(m.Size, defaultTmpfs), or(m.Inodes, defaultTmpfsInodes)
		m.Mode = orPointer(m.Mode, defaultDirMode)
	case MountOverlay:
		if m.Upper == "" {
			m.Size, m.Inodes = or(m.Size, defaultTmpfs), or(m.Inodes, defaultTmpfsInodes)
		}
	case MountDir:
		m.Mode = orPointer(m.Mode, defaultDirMode)
	case MountFile:
		m.Mode = orPointer(m.Mode, defaultFileMode)
	}
}

func (l *Limits) fill(terminal bool) {
	l.Memory = or(l.Memory, defaultMemory)
	l.Pids = or(l.Pids, defaultPids)
	l.Tmp = or(l.Tmp, defaultTmp)
	l.TmpInodes = or(l.TmpInodes, defaultTmpInodes)
	if _, own := l.Rlimits["stack"]; !own {
		l.Stack = or(l.Stack, defaultStack)
	}
	if _, own := l.Rlimits["nofile"]; !own {
		l.OpenFiles = or(l.OpenFiles, defaultOpenFiles)
	}
	if l.Wall == 0 {
		l.Wall = l.wall(terminal)
	}
}

// wall is the default for Wall. A program that sleeps must not outlive its CPU
// limit for long, and one that computes must reach it.
func (l *Limits) wall(terminal bool) Duration {
	switch {
	case terminal:
		return Unlimited
	case l.CPUTime <= 0:
		return defaultWall
	}
	processors := 1.0
	if l.CPUs > 0 {
		processors = min(l.CPUs, 1)
	}
	wall := 10e9 + 3*float64(l.CPUTime)/processors
	if !(wall < math.MaxInt64) {
		return Unlimited
	}
	return Duration(wall)
}

// Clone returns a copy that shares no memory with s.
func (s *Spec) Clone() Spec {
	c := *s
	c.Command, c.KeepEnv = slices.Clone(s.Command), slices.Clone(s.KeepEnv)
	c.Env = maps.Clone(s.Env)
	c.Umask = clonePointer(s.Umask)
	c.User = s.User.clone()
	c.Root.Overlay = clonePointer(s.Root.Overlay)
	c.Mounts = slices.Clone(s.Mounts)
	for i := range c.Mounts {
		c.Mounts[i] = c.Mounts[i].clone()
	}
	c.Proc.Mask = slices.Clone(s.Proc.Mask)
	c.Capabilities = slices.Clone(s.Capabilities)
	c.Seccomp.Rules = slices.Clone(s.Seccomp.Rules)
	c.Landlock.ConnectTCP, c.Landlock.BindTCP = slices.Clone(s.Landlock.ConnectTCP), slices.Clone(s.Landlock.BindTCP)
	c.Limits.IO, c.Limits.Rlimits = slices.Clone(s.Limits.IO), maps.Clone(s.Limits.Rlimits)
	c.PassFDs, c.AllowDrop = slices.Clone(s.PassFDs), slices.Clone(s.AllowDrop)
	c.Watch = slices.Clone(s.Watch)
	return c
}

func (u User) clone() User {
	u.UID, u.GID = clonePointer(u.UID), clonePointer(u.GID)
	u.Groups, u.UIDMap, u.GIDMap = slices.Clone(u.Groups), slices.Clone(u.UIDMap), slices.Clone(u.GIDMap)
	return u
}

func (m Mount) clone() Mount {
	m.Guard, m.Hide = slices.Clone(m.Guard), slices.Clone(m.Hide)
	m.Own, m.Mode, m.DataFD = clonePointer(m.Own), clonePointer(m.Mode), clonePointer(m.DataFD)
	return m
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
