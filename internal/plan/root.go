package plan

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// fileTree builds the program's file tree and moves into it.
//
// Everything is attached while the host's tree is still ours: sources are
// opened there, targets below the new root by descriptor. Then the new root
// becomes "/", and the host's tree is gone.
func (b *builder) fileTree() {
	if b.spec.Namespaces.Mount != "" && b.spec.Namespaces.Mount != spec.NamespaceNew {
		return
	}
	b.oldRoot = b.cell()
	b.step("isolate", "mount propagation", mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	b.step("keep", "the host's root", open(cwd, "/", unix.O_PATH|unix.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC").into(b.oldRoot))
	b.ownerMaps()
	b.copyHost()
	b.makeStage()
	b.makeRoot()
	b.userMounts()
	b.masks()
	b.sealRoot()
	b.enterNetwork()
	b.pivot()
}

// makeRoot attaches the new root on top of the host's and goes there. The host's
// stays reachable by absolute paths, because our root directory does not change yet.
func (b *builder) makeRoot() {
	b.root = b.cell()
	r := &b.spec.Root
	switch {
	case r.Kind == spec.RootDir && r.Overlay != nil:
		b.overlayRoot()
	case r.Kind == spec.RootDir:
		b.dirRoot()
	default:
		b.tmpfsRoot()
	}
	if r.Kind != spec.RootDir {
		b.systemView()
	}
	b.furnish()
}

// tmpfsRoot makes an empty root of our own.
func (b *builder) tmpfsRoot() {
	r := &b.spec.Root
	size, inodes := limitOr(r.Size, 64<<20), limitOr(r.Inodes, 65536)
	b.attach(b.root, "/", b.newTmpfs(b.root, size, inodes, "0755"))
	b.tree.nodes["/"], b.tree.tops["/"] = madeDir, b.root
}

// dirRoot takes a directory as the root.
func (b *builder) dirRoot() {
	r := &b.spec.Root
	calls := []Call{openTree(r.Dir).into(b.root)}
	set := uint64(unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV)
	if !r.Writable {
		set |= unix.MOUNT_ATTR_RDONLY
	}
	calls = append(calls, setAttr(cell(b.root), "", true, set, 0))
	b.attach(b.root, r.Dir, calls)
	b.tree.nodes["/"] = foreign
}

// attach puts a detached mount on top of the host's root.
func (b *builder) attach(fd Cell, object string, calls []Call) *Step {
	calls = append(calls, call("move_mount", cell(fd), str(""), cwd, str("/"), num(unix.MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH")))
	return b.step("make root", object, calls...).
		hint("no such directory on the host", unix.ENOENT).hint("not a directory", unix.ENOTDIR)
}

// newTmpfs makes a detached tmpfs.
func (b *builder) newTmpfs(dst Cell, size, inodes int64, mode string) []Call {
	fs := b.cell()
	set := func(key, value string) Call {
		return call("fsconfig", cell(fs), num(unix.FSCONFIG_SET_STRING, "FSCONFIG_SET_STRING"), str(key), str(value), n(0))
	}
	return []Call{
		call("fsopen", str("tmpfs"), num(unix.FSOPEN_CLOEXEC, "FSOPEN_CLOEXEC")).into(fs),
		set("size", strconv.FormatInt(size, 10)), set("nr_inodes", strconv.FormatInt(inodes, 10)), set("mode", mode),
		fsCreate(fs), fsMount(fs, unix.MOUNT_ATTR_NOSUID).into(dst), closeFD(fs),
	}
}

func fsCreate(fs Cell) Call {
	return call("fsconfig", cell(fs), num(unix.FSCONFIG_CMD_CREATE, "FSCONFIG_CMD_CREATE"), num(0, "NULL"), num(0, "NULL"), n(0))
}

func fsMount(fs Cell, attr uint64) Call {
	return call("fsmount", cell(fs), num(unix.FSMOUNT_CLOEXEC, "FSMOUNT_CLOEXEC"), flags(attr, asAttrFlags))
}

// openTree copies a part of the host's mount tree.
func openTree(source string) Call {
	return call("open_tree", cwd, str(source),
		num(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE"))
}

// sealRoot makes a root of ours read-only, now that all mount points exist.
func (b *builder) sealRoot() {
	if b.tree.nodes["/"] != madeDir || b.spec.Root.Writable || b.spec.Root.Overlay != nil {
		return
	}
	b.step("seal", "/", setAttr(cell(b.root), "", false, unix.MOUNT_ATTR_RDONLY, 0))
}

// pivot makes the new root "/" and lets go of the host's tree.
//
// FACT — always (pivot_root(2)) — with both arguments "." the old root ends up
// on top of the new one, so no directory is needed to put it: detach it there.
func (b *builder) pivot() {
	b.step("pivot to", "the new root",
		call("fchdir", cell(b.root)), call("pivot_root", str("."), str("."))).
		hint("the root of an initramfs cannot be pivoted: switch to a real root file system first", unix.EINVAL)
	detach := call("umount2", str("."), num(unix.MNT_DETACH, "MNT_DETACH"))
	calls := []Call{call("fchdir", cell(b.oldRoot)), detach}
	if b.stage != 0 {
		calls = append(calls, detach) // the first one took the stage, which lay on top
	}
	b.step("detach", "the host's tree", append(calls, call("chdir", str("/")))...)
}

func orDefault[T ~int64](v T, def int64) int64 {
	if v == 0 {
		return def
	}
	return int64(v)
}
