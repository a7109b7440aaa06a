package plan

import (
	"golang.org/x/sys/unix"
)

// masks cover parts of /proc and /sys with nothing: a directory with an empty
// one, a file with /dev/null. Which it is shows only when it is tried.
func (b *builder) masks() {
	for _, p := range b.spec.Proc.Mask {
		b.mask(p)
	}
}

func (b *builder) mask(p string) {
	target, null, fs, empty := b.cell(), b.cell(), b.cell(), b.cell()
	open := b.confined(p, target)
	open[0] = open[0].unless(unix.ENOENT)
	cover := moveTo(null, target).allow(unix.ENOTDIR, unix.EINVAL)
	cover.Done = true
	calls := append(open,
		call("open_tree", cwd, str("/dev/null"), num(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC")).into(null),
		setAttr(cell(null), "", false, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NOEXEC, 0), cover,
		call("fsopen", str("tmpfs"), num(unix.FSOPEN_CLOEXEC, "FSOPEN_CLOEXEC")).into(fs), fsOption(fs, "size=4096"), fsOption(fs, "mode=0555"),
		fsCreate(fs), fsMount(fs, unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC).into(empty), moveTo(empty, target))
	b.step("mask", p, calls...)
}
