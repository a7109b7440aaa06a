package plan

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// In trees that came from elsewhere any component may be a link made to lead
// us astray. There a path is resolved once, by the kernel, confined to the new
// root, and used by descriptor from then on.

// confined opens p below the new root without leaving it.
//
// FACT — since 5.6 (openat2(2), RESOLVE_IN_ROOT) — absolute links and ".." stay
// below the root descriptor; a rename or mount anywhere on the host while ".." is
// followed gives EAGAIN — so it is tried again, for some milliseconds at most.
func (b *builder) confined(p string, dst Cell) []Call {
	how := words(unix.O_PATH|unix.O_CLOEXEC, 0, unix.RESOLVE_IN_ROOT|unix.RESOLVE_NO_MAGICLINKS)
	open := call("openat2", cell(b.root), str(below("/", p)),
		data(how, "{O_PATH|O_CLOEXEC, RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}"), n(24)).into(dst)
	open.Again = 1000
	return []Call{open}
}

// layerHint is the remedy where nothing can be made.
const layerHint = "put a writable layer over the tree (--overlay; --overlay=LOWER:DST in the place of a bind)"

const missingHint = "nothing is there, and bulkhead makes nothing in directories of the host: create it, or " + layerHint

// guardedTarget opens the target of a mount, making it first where a layer of ours takes it.
func (b *builder) guardedTarget(p string, dst Cell, dir bool) []Call {
	if !b.tree.writable(p) {
		return b.confined(p, dst)
	}
	var calls []Call
	for _, d := range append(b.tree.missing(p), p) {
		if d == "/" {
			continue
		}
		parent := b.cell()
		base := path.Base(d)
		made := call("mkdirat", cell(parent), str(base), num(0o755, "0755"))
		if d == p && !dir {
			made = call("mknodat", cell(parent), str(base), num(unix.S_IFREG|0o644, "S_IFREG|0644"), n(0))
		}
		calls = append(append(calls, b.confined(path.Dir(d), parent)...), made.allow(unix.EEXIST), closeFD(parent))
	}
	return append(calls, b.confined(p, dst)...)
}

// moveTo attaches a detached mount to an opened target.
func moveTo(tree, target Cell) Call {
	return call("move_mount", cell(tree), str(""), cell(target), str(""),
		num(unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH"))
}

// guardedFS mounts a kernel file system in a tree that is not ours.
func (b *builder) guardedFS(fstype, p string, flags uint64, options string) *Step {
	fs, mnt, target := b.cell(), b.cell(), b.cell()
	calls := append(b.guardedTarget(p, target, true), call("fsopen", str(fstype), num(unix.FSOPEN_CLOEXEC, "FSOPEN_CLOEXEC")).into(fs))
	calls = append(calls, fsOptions(fs, options)...)
	calls = append(calls, fsCreate(fs), fsMount(fs, attrOf(flags)).into(mnt), closeFD(fs), moveTo(mnt, target), closeFD(target))
	b.tree.nodes[p] = foreign
	if fstype == "tmpfs" {
		b.tree.nodes[p], b.tree.tops[p] = madeDir, mnt
		if p != "/dev" {
			b.capped = append(b.capped, p)
		}
	}
	return b.step("mount "+fstype, p, calls...).hint(missingHint, unix.ENOENT).hint("the target is not a directory", unix.ENOTDIR)
}

// fsOptions sets a comma list of options.
func fsOptions(fs Cell, options string) (calls []Call) {
	for option := range strings.SplitSeq(options, ",") {
		if option != "" {
			calls = append(calls, fsOption(fs, option))
		}
	}
	return calls
}

func fsOption(fs Cell, option string) Call {
	key, value, has := strings.Cut(option, "=")
	if !has {
		return call("fsconfig", cell(fs), num(unix.FSCONFIG_SET_FLAG, "FSCONFIG_SET_FLAG"), str(key), num(0, "NULL"), n(0))
	}
	return call("fsconfig", cell(fs), num(unix.FSCONFIG_SET_STRING, "FSCONFIG_SET_STRING"), str(key), str(value), n(0))
}

// attrOf translates mount(2) flags to those of fsmount(2).
func attrOf(flags uint64) uint64 {
	var attr uint64
	for _, f := range [...][2]uint64{{unix.MS_RDONLY, unix.MOUNT_ATTR_RDONLY}, {unix.MS_NOSUID, unix.MOUNT_ATTR_NOSUID},
		{unix.MS_NODEV, unix.MOUNT_ATTR_NODEV}, {unix.MS_NOEXEC, unix.MOUNT_ATTR_NOEXEC}} {
		if flags&f[0] != 0 {
			attr |= f[1]
		}
	}
	return attr
}
