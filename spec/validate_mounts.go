package spec

import (
	"path"
	"strconv"
	"strings"
)

func (c *checker) root() {
	r := &c.spec.Root
	c.word("root.kind", string(r.Kind), rootKinds)
	switch {
	case r.Kind == RootDir && r.Dir == "":
		c.add("root.dir", "", "missing", `kind "dir" needs the directory that becomes /`)
	case r.Kind == RootDir:
		c.hostPath("root.dir", r.Dir)
	case r.Dir != "":
		c.add("root.dir", r.Dir, "given but root.kind is "+quote(string(or(r.Kind, RootHost))), `set root.kind to "dir"`)
	}
	if r.Writable && r.Overlay == nil && (r.Kind == "" || r.Kind == RootHost) {
		c.add("root.writable", "true", "would let the program change the host's system", "add root.overlay, a layer that takes the changes")
	}
	if r.Kind != RootEmpty {
		c.unusedCap("root", r.Size, r.Inodes, `they are for kind "empty"`)
	}
	c.size("root.size", r.Size)
	c.count("root.inodes", r.Inodes)
	c.overlay(r)
}

func (c *checker) overlay(r *Root) {
	o := r.Overlay
	if o == nil {
		return
	}
	if r.Kind == RootEmpty {
		c.add("root.overlay", "", `kind "empty" is writable without an overlay`, "leave it out")
	}
	if o.Dir != "" {
		c.hostPath("root.overlay.dir", o.Dir)
		c.unusedCap("root.overlay", o.Size, o.Inodes, "they cap a layer that is thrown away; a kept one is as large as its disk")
	}
	c.size("root.overlay.size", o.Size)
	c.count("root.overlay.inodes", o.Inodes)
}

// unusedCap refuses caps that nothing would enforce.
func (c *checker) unusedCap(path string, size Size, inodes int64, hint string) {
	if size != 0 {
		c.add(path+".size", size.String(), "has no effect here", hint)
	}
	if inodes != 0 {
		c.add(path+".inodes", strconv.FormatInt(inodes, 10), "has no effect here", hint)
	}
}

func (c *checker) mounts() {
	if n := len(c.spec.Mounts); n > maxMounts {
		c.add("mounts", "", strconv.Itoa(n)+" mounts", "the kernel takes at most 100000 in one namespace")
		return
	}
	for i := range c.spec.Mounts {
		c.mount(index("mounts", i), &c.spec.Mounts[i])
	}
}

// mountFields says which fields a type of mount takes besides target, and which it needs.
type mountFields struct {
	takes string
	needs string
}

// fields is the table of the types; a blank at both ends makes each name a word.
func (t MountType) fields() (mountFields, bool) {
	switch t {
	case MountBind:
		return mountFields{" source beneath write dev noexec optional own guard hide git ", "source"}, true
	case MountTmpfs:
		return mountFields{" noexec size inodes mode ", ""}, true
	case MountOverlay:
		return mountFields{" source noexec own size inodes upper ", "source"}, true
	case MountFile:
		return mountFields{" data data_fd mode write ", ""}, true
	case MountDir:
		return mountFields{" mode ", ""}, true
	case MountSymlink:
		return mountFields{" source ", "source"}, true
	case MountMqueue, MountSysfs:
		return mountFields{" noexec ", ""}, true
	}
	return mountFields{}, false
}

func (c *checker) mount(where string, m *Mount) {
	fields, known := m.Type.fields()
	if !known {
		c.mountType(where, m.Type)
		return
	}
	for _, f := range m.given() {
		if !strings.Contains(fields.takes, " "+f+" ") {
			c.add(where+"."+f, "", "has no meaning for type "+quote(string(m.Type)), "leave it out; type "+string(m.Type)+" takes target"+strings.ReplaceAll(strings.TrimRight(fields.takes, " "), " ", ", "))
		}
	}
	if fields.needs == "source" && m.Source == "" {
		c.add(where+".source", "", "missing", sourceMeaning(m.Type))
	}
	c.mountTarget(where, m)
	c.mountSource(where, m)
	c.size(where+".size", m.Size)
	c.count(where+".inodes", m.Inodes)
	c.mountData(where, m)
}

func (c *checker) mountType(where string, t MountType) {
	if t == "" {
		c.add(where+".type", "", "missing", "known: "+strings.Join(mountTypes, ", "))
		return
	}
	c.word(where+".type", string(t), mountTypes)
}

// given lists the fields that are set, by the names that files use.
func (m *Mount) given() []string {
	var names []string
	for _, f := range [...]struct {
		name string
		set  bool
	}{
		{"source", m.Source != ""}, {"write", m.Write}, {"dev", m.Dev}, {"noexec", m.NoExec}, {"optional", m.Optional},
		{"own", m.Own != nil && m.Type != MountBind && m.Type != MountOverlay}, {"size", m.Size != 0}, {"inodes", m.Inodes != 0}, {"mode", m.Mode != nil},
		{"data", m.Data != ""}, {"data_fd", m.DataFD != nil}, {"upper", m.Upper != ""}, {"beneath", m.Beneath != ""},
		{"guard", len(m.Guard) > 0}, {"hide", len(m.Hide) > 0}, {"git", m.Git},
	} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}

func sourceMeaning(t MountType) string {
	switch t {
	case MountSymlink:
		return "it is the text of the link"
	case MountOverlay:
		return "it is the directory below the writable layer"
	}
	return `it is a host path or "fd:N"`
}

func (c *checker) mountTarget(where string, m *Mount) {
	where += ".target"
	c.hostPath(where, m.Target)
	if m.Target == "/" {
		c.add(where, "/", "would cover the whole root", "choose what / is by the root (--root, --overlay), or mount it elsewhere, as in /host")
	}
}

func (c *checker) mountSource(where string, m *Mount) {
	switch m.Type {
	case MountBind:
		if fd, ok := strings.CutPrefix(m.Source, "fd:"); ok {
			c.descriptor(where+".source", m.Source, fd)
		} else if m.Source != "" {
			c.hostPath(where+".source", m.Source)
		}
		if m.Beneath != "" {
			c.hostPath(where+".beneath", m.Beneath)
			if !isBelow(m.Source, m.Beneath) {
				c.add(where+".beneath", m.Beneath, "is not above the source", "leave it out: links in the source are followed then")
			}
		}
		if len(m.Guard) > 0 || len(m.Hide) > 0 || m.Git {
			c.add(where, m.Source, "guard, hide and git are not resolved yet", "call Resolve before Validate")
		}
	case MountOverlay:
		if m.Source != "" {
			c.hostPath(where+".source", m.Source)
		}
		if m.Upper != "" {
			c.hostPath(where+".upper", m.Upper)
			c.unusedCap(where, m.Size, m.Inodes, "they cap a layer that is thrown away; a kept one is as large as its disk")
		}
	case MountSymlink:
		if strings.IndexByte(m.Source, 0) >= 0 || len(m.Source) > longestPath {
			c.add(where+".source", m.Source, "cannot be the text of a link", "it is at most 4095 bytes without NUL")
		}
	}
}

func (c *checker) descriptor(where, value, number string) {
	if !isDescriptor(number) {
		c.add(where, value, "not a descriptor from 3 up", `write "fd:3"; 0 to 2 are the program's own`)
	}
}

func (c *checker) mountData(where string, m *Mount) {
	if m.DataFD != nil {
		c.descriptor(where+".data_fd", strconv.Itoa(*m.DataFD), strconv.Itoa(*m.DataFD))
		if m.Data != "" {
			c.add(where+".data", "", "given together with data_fd", "leave one of them out")
		}
	}
	if m.Mode != nil && *m.Mode > 0o7777 {
		c.add(where+".mode", m.Mode.String(), "more than the permission bits", "the largest mode is 7777")
	}
}

// pathHint proposes the clean form of a path.
func pathHint(value, why string) string {
	switch why {
	case "not an absolute path":
		return "write " + quote(path.Clean("/"+value))
	case "not a clean path":
		return "write " + quote(path.Clean(value))
	case "missing":
		return "write an absolute path"
	}
	return ""
}
