package host

import (
	"encoding/binary"
	"path"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// entries looks up which parts of the default view this host has. Reading the
// two directories that hold most of them costs a third of asking for each.
func entries() []plan.Entry {
	view := plan.HostView()
	found := make([]plan.Entry, 0, len(view))
	top, etc := list("/"), list("/etc")
	for _, p := range view {
		there := byte(dtUnknown)
		switch path.Dir(p) {
		case "/":
			there = top.kind(p[1:])
		case "/etc":
			there = etc.kind(p[len("/etc/"):])
		}
		if e, ok := entry(p, there); ok {
			found = append(found, e)
		}
	}
	return found
}

// entry describes one path. A link into what the view shows stays a link; any
// other is shown as what it leads to.
func entry(p string, kind byte) (plan.Entry, bool) {
	e := plan.Entry{Path: p}
	switch kind {
	case dtAbsent:
		return e, false
	case unix.DT_DIR:
		return e, true
	case unix.DT_REG:
		e.Kind = plan.EntryFile
		return e, true
	}
	var buf [4096]byte
	if n, err := unix.Readlink(p, buf[:]); err == nil && plan.InView(p, string(buf[:n])) {
		e.Kind, e.Link = plan.EntryLink, string(buf[:n])
		return e, true
	}
	var st unix.Stat_t
	if err := unix.Stat(p, &st); err != nil {
		return e, false
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return e, true
	case unix.S_IFREG:
		e.Kind = plan.EntryFile
		return e, true
	}
	return e, false
}

// What a listing says of a name, beside the kernel's DT_ types.
const (
	dtUnknown = unix.DT_UNKNOWN
	dtAbsent  = 255
)

// listing is the raw content of a directory; getdents64(2). Nil is one that cannot be read.
type listing []byte

// list reads a directory in one go; no host has more than fits into /etc or / .
func list(dir string) listing {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var all listing
	buf := make([]byte, 32<<10)
	for {
		n, err := unix.Getdents(fd, buf)
		if err != nil {
			return nil
		}
		if n == 0 {
			return all
		}
		all = append(all, buf[:n]...)
	}
}

// kind is the type of a name in the directory.
func (l listing) kind(name string) byte {
	if l == nil {
		return dtUnknown
	}
	for rest := l; len(rest) >= 19; {
		size := int(binary.NativeEndian.Uint16(rest[16:]))
		if text := rest[19:size]; len(text) > len(name) && text[len(name)] == 0 && string(text[:len(name)]) == name {
			return rest[18]
		}
		rest = rest[size:]
	}
	return dtAbsent
}
