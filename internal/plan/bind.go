package plan

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// bind copies a part of the host's tree, restricts the copy, and attaches it.
func (b *builder) bind(m spec.Mount) {
	from := b.cell()
	source := b.source(&m, from)
	if m.Source == "/" && len(b.hostTrees) > 0 {
		from, b.hostTrees = b.hostTrees[0], b.hostTrees[1:]
	}
	if m.Optional && len(source) > 0 {
		last := &source[len(source)-1-b.tail(&m)]
		*last = last.unless(unix.ENOENT)
	}
	owner := Cell(0)
	if wantsOwn(&m) {
		owner = b.owned[b.run.Owners[m.Source]]
	}
	var calls []Call
	if m.Optional && b.tree.trusted(m.Target) {
		_, calls = b.parents(m.Target) // later steps rely on them, also when the rest is left out
	}
	calls = append(calls, source...)
	calls = append(calls, setAttr(cell(from), "", true, bindAttr(&m), 0))
	if owner != 0 {
		// A cell can be part of one structure only, so each mount gets a descriptor of its own.
		ns := b.cell()
		calls = append(calls, call("fcntl", cell(owner), num(unix.F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"), n(0)).into(ns),
			setAttr(cell(from), "", false, unix.MOUNT_ATTR_IDMAP, 0, at(24, cell(ns))), closeFD(ns))
	}
	calls = append(append(calls, b.attachBind(from, &m)...), closeFD(from))
	b.tree.nodes[m.Target] = foreign
	b.step("bind", bindObject(&m), calls...).
		hint("the source is there, the target inside is not: "+missingHint, unix.ENOENT).
		hint("a symbolic link is where none may be: somebody put it there", unix.ELOOP, unix.EXDEV).
		hint("source and target must both be directories, or both files", unix.ENOTDIR).
		hint("the caller may not read the source", unix.EACCES).
		hint("the source's file system does not support id-mapped mounts: add the option noown", unix.EINVAL)
}

// copyHost copies the host's whole tree for each bind of it, before the new root
// is attached on top of it: later the copy would have that on top, too.
func (b *builder) copyHost() {
	for i := range b.spec.Mounts {
		if m := &b.spec.Mounts[i]; m.Type == spec.MountBind && m.Source == "/" {
			tree := b.cell()
			b.step("copy", "the host's tree for "+m.Target, openTree("/").into(tree))
			b.hostTrees = append(b.hostTrees, tree)
		}
	}
}

// source copies the source's mounts; for one that no link may lead to, by way of
// a descriptor. What comes from a descriptor of the launcher is copied there.
func (b *builder) source(m *spec.Mount, from Cell) []Call {
	if text, ok := strings.CutPrefix(m.Source, "fd:"); ok {
		b.bindFD(text, from)
		return nil
	}
	if m.Source == "/" && len(b.hostTrees) > 0 {
		return nil // see copyHost
	}
	if m.Beneath == "" {
		return []Call{openTree(m.Source).into(from)}
	}
	base, found := b.cell(), b.cell()
	// FACT — since 5.6 (openat2(2), RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS).
	how := words(unix.O_PATH|unix.O_CLOEXEC, 0, unix.RESOLVE_BENEATH|unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS)
	return []Call{
		open(cwd, m.Beneath, unix.O_PATH|unix.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC").into(base),
		call("openat2", cell(base), str(below(m.Beneath, m.Source)), data(how, "{O_PATH|O_CLOEXEC, RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS|RESOLVE_NO_MAGICLINKS}"), n(24)).into(found),
		call("open_tree", cell(found), str(""), num(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE|unix.AT_EMPTY_PATH,
			"OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE|AT_EMPTY_PATH")).into(from),
		closeFD(base), closeFD(found),
	}
}

// tail is how many calls of source come after the one that looks the source up.
func (b *builder) tail(m *spec.Mount) int {
	if m.Beneath == "" {
		return 0
	}
	return 3
}

func bindObject(m *spec.Mount) string {
	mode := "ro"
	if m.Write {
		mode = "rw"
	}
	return fmt.Sprintf("%s at %s (%s)", m.Source, m.Target, mode)
}

func bindAttr(m *spec.Mount) uint64 {
	attr := uint64(unix.MOUNT_ATTR_NOSUID)
	if !m.Write {
		attr |= unix.MOUNT_ATTR_RDONLY
	}
	if !m.Dev {
		attr |= unix.MOUNT_ATTR_NODEV
	}
	if m.NoExec {
		attr |= unix.MOUNT_ATTR_NOEXEC
	}
	return attr
}

// attachBind attaches a copy whose type, file or directory, the planner does
// not know: first as a directory, then as a file.
func (b *builder) attachBind(from Cell, m *spec.Mount) []Call {
	target := b.cell()
	if !b.tree.trusted(m.Target) {
		return append(b.guardedTarget(m.Target, target, true), b.guardedFileInstead(from, target, m)...)
	}
	rel, calls := b.parents(m.Target)
	move := call("move_mount", cell(from), str(""), cwd, str(rel), num(unix.MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH"))
	if b.tree.nodes[m.Target] != unknown {
		return append(calls, move)
	}
	asDir := move.allow(unix.ENOTDIR, unix.EINVAL)
	asDir.Done = true
	return append(calls, mkdir(rel), asDir,
		call("unlinkat", cwd, str(rel), num(unix.AT_REMOVEDIR, "AT_REMOVEDIR")), makeFile(rel), move)
}

// guardedFileInstead attaches to an opened target; one that a layer of ours has
// just made as a directory becomes a file if the source is one.
func (b *builder) guardedFileInstead(from, target Cell, m *spec.Mount) []Call {
	if !b.tree.writable(m.Target) {
		return []Call{moveTo(from, target), closeFD(target)}
	}
	parent, file := b.cell(), b.cell()
	asDir := moveTo(from, target).allow(unix.ENOTDIR, unix.EINVAL)
	asDir.Done = true
	base := str(path.Base(m.Target))
	calls := append([]Call{asDir}, b.confined(path.Dir(m.Target), parent)...)
	calls = append(calls, call("unlinkat", cell(parent), base, num(unix.AT_REMOVEDIR, "AT_REMOVEDIR")).allow(unix.ENOTDIR, unix.ENOENT),
		call("mknodat", cell(parent), base, num(unix.S_IFREG|0o644, "S_IFREG|0644"), n(0)).allow(unix.EEXIST))
	return append(append(calls, b.confined(m.Target, file)...), moveTo(from, file))
}

// bindFD takes the source from a descriptor, in the launcher: there its mount
// is in the launcher's namespace, from which alone it may be copied.
func (b *builder) bindFD(text string, from Cell) {
	fd, _ := strconv.Atoi(text)
	if !b.host.Root {
		b.fail("bind fd:"+text, "binding from a descriptor needs root", "bind by path")
		return
	}
	actor := b.actor
	b.actor = Launcher
	b.step("copy mount of", "descriptor "+text, call("open_tree", n(int64(fd)), str(""),
		num(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE|unix.AT_EMPTY_PATH,
			"OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE|AT_EMPTY_PATH")).into(from))
	b.actor = actor
}

// ownerMaps makes, for each bind that wants it, the user namespace by which the
// files of the source's owner belong to the program's user.
//
// FACT — since 5.12 (mount_setattr(2), MOUNT_ATTR_IDMAP) — a mount can translate
// owners, so that root's sandbox can write into a user's directory and leave
// files that belong to that user. FACT — since 3.9 (user_namespaces(7)) — a
// process whose root is not the top of its mount namespace may not create user
// namespaces: so this comes before the new root is attached.
func (b *builder) ownerMaps() {
	for i := range b.spec.Mounts {
		m := &b.spec.Mounts[i]
		owner, known := b.run.Owners[m.Source]
		if !known || !b.host.Root || !b.mapsOwner(m) || b.owned[owner] != 0 {
			continue
		}
		if b.owned == nil {
			b.owned = map[Owner]Cell{}
		}
		b.owned[owner] = b.cell()
		what := fmt.Sprintf("a map from owner %d:%d to the program", owner.UID, owner.GID)
		uid, gid := b.outsideIDs()
		b.helper("make", what, func() { b.mapIDs(what, owner.UID, uid, owner.GID, gid) }, b.owned[owner])
		b.reapHelper()
	}
}

// mapsOwner tells whether a mount is one whose source is shown by another owner.
func (b *builder) mapsOwner(m *spec.Mount) bool {
	switch m.Type {
	case spec.MountBind:
		return wantsOwn(m)
	case spec.MountOverlay:
		return m.Own == nil && b.host.MappedLayers || m.Own != nil && *m.Own
	}
	return false
}

func wantsOwn(m *spec.Mount) bool {
	if m.Own != nil {
		return *m.Own
	}
	return m.Write
}
