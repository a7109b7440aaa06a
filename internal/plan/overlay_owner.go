package plan

import (
	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// mappedLower is the lower directory of an overlay as the kernel is to find it:
// where its owner's files are to belong to the program, an id-mapped copy that
// stands on the stage until the overlay is made, which then holds a copy of its
// own (ovl_get_layers). What the program copies up belongs to its own id, as what it makes.
//
// FACT — since 5.19 (mount_setattr(2), "ID-mapped mounts") — layers may be id-mapped;
// below that version, and where the file system of the directory knows no such
// mounts (EINVAL), the files stay their owner's: unless the Spec insists on own.
func (b *builder) mappedLower(m *spec.Mount, name string) (lower Arg, mapped, unmap []Call) {
	owner, known := b.run.Owners[m.Source]
	if m.Type != spec.MountOverlay || !known || b.owned[owner] == 0 || !b.mapsOwner(m) {
		return str(escapeLayer(m.Source)), nil, nil
	}
	from, ns, spot := b.cell(), b.cell(), str(name+"/lower")
	idmap := setAttr(cell(from), "", false, unix.MOUNT_ATTR_IDMAP, 0, at(24, cell(ns)))
	if m.Own == nil {
		idmap = idmap.allow(unix.EINVAL)
	}
	mkdir := func(p Arg) Call { return call("mkdirat", cell(b.stage), p, num(0o755, "0755")).allow(unix.EEXIST) }
	b.here = ""
	mapped = []Call{
		call("fchdir", cell(b.stage)), mkdir(str(name)), mkdir(spot),
		call("open_tree", cwd, str(m.Source), num(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC")).into(from),
		call("fcntl", cell(b.owned[owner]), num(unix.F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"), n(0)).into(ns),
		idmap, closeFD(ns),
		call("move_mount", cell(from), str(""), cell(b.stage), spot, num(unix.MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH")), closeFD(from),
	}
	return spot, mapped, []Call{call("umount2", spot, num(unix.MNT_DETACH, "MNT_DETACH"))}
}
