package host

import (
	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// entries looks up which parts of the default view this host has. Asking for
// each costs half of reading the two directories that hold most of them.
func entries() []plan.Entry {
	view := plan.HostView()
	found := make([]plan.Entry, 0, len(view))
	for _, p := range view {
		if e, ok := entry(p); ok {
			found = append(found, e)
		}
	}
	return found
}

// entry describes one path. A link into what the view shows stays a link; any
// other is shown as what it leads to.
func entry(p string) (plan.Entry, bool) {
	e := plan.Entry{Path: p}
	kind := kindOf(p, unix.AT_SYMLINK_NOFOLLOW)
	if kind == unix.S_IFLNK {
		var buf [4096]byte
		if n, err := unix.Readlink(p, buf[:]); err == nil && plan.InView(p, string(buf[:n])) {
			e.Kind, e.Link = plan.EntryLink, string(buf[:n])
			return e, true
		}
		kind = kindOf(p, 0)
	}
	if kind == unix.S_IFREG {
		e.Kind = plan.EntryFile
	}
	return e, kind == unix.S_IFREG || kind == unix.S_IFDIR
}

// kindOf is the type of a file in its mode, 0 if there is none that we can see.
func kindOf(p string, flags int) uint16 {
	var st unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, p, flags|unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, &st); err != nil {
		return 0
	}
	return st.Mode & unix.S_IFMT
}
