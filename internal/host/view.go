package host

import (
	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// entries looks up which parts of the default view this host has.
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
	var st unix.Stat_t
	if err := unix.Fstatat(unix.AT_FDCWD, p, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return plan.Entry{}, false
	}
	e := plan.Entry{Path: p}
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		var buf [4096]byte
		if n, err := unix.Readlink(p, buf[:]); err == nil && plan.InView(p, string(buf[:n])) {
			e.Kind, e.Link = plan.EntryLink, string(buf[:n])
			return e, true
		}
		if err := unix.Stat(p, &st); err != nil {
			return e, false
		}
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
