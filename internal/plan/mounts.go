package plan

import (
	"fmt"
	"path"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// placed is m with the links of ours in its target followed, such as /var/run.
// A link that is itself the target of a link or file stays: that replaces it.
func (b *builder) placed(m *spec.Mount) *spec.Mount {
	followed := *m
	if m.Type == spec.MountSymlink || m.Type == spec.MountFile {
		followed.Target = path.Join(b.tree.follow(path.Dir(m.Target)), path.Base(m.Target))
	} else {
		followed.Target = b.tree.follow(m.Target)
	}
	return &followed
}

// userMounts makes the mounts of the Spec, in the order written.
func (b *builder) userMounts() {
	for i := range b.spec.Mounts {
		m := b.placed(&b.spec.Mounts[i])
		if b.againEachRun(m, i) {
			continue
		}
		switch m.Type {
		case spec.MountBind:
			b.bind(*m)
		case spec.MountTmpfs:
			b.tmpfs(m)
		case spec.MountOverlay:
			b.overlay(m, stageName(i))
		case spec.MountFile:
			b.userFile(m, i)
		case spec.MountDir:
			b.userDir(m)
		case spec.MountSymlink:
			b.userLink(m)
		case spec.MountMqueue:
			b.fixture("mqueue", m.Target, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
		case spec.MountSysfs:
			b.fixture("sysfs", m.Target, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_RDONLY, "").
				hint("a new sysfs needs a new network namespace", unix.EPERM)
		}
	}
}

// tmpfs mounts an empty writable directory.
func (b *builder) tmpfs(m *spec.Mount) {
	mode := "0755"
	if m.Mode != nil {
		mode = fmt.Sprintf("%#o", uint32(*m.Mode))
	}
	options := fmt.Sprintf("size=%d,nr_inodes=%d,mode=%s", limitOr(m.Size, 64<<20), limitOr(m.Inodes, 65536), mode)
	flags := uint64(unix.MS_NOSUID | unix.MS_NODEV)
	if m.NoExec {
		flags |= unix.MS_NOEXEC
	}
	b.fixture("tmpfs", m.Target, flags, options)
}

// limitOr is the kernel's notation for a cap: 0 is none.
func limitOr[T ~int64](v T, def int64) int64 {
	if v < 0 {
		return 0
	}
	return orDefault(v, def)
}

// overlay puts a writable layer over a directory of the host.
func (b *builder) overlay(m *spec.Mount, name string) {
	layer, target := b.cell(), b.cell()
	calls := b.newOverlay(layer, m, name)
	if b.tree.trusted(m.Target) {
		rel, spot := b.spot(m.Target, true)
		calls = append(append(calls, spot...), call("move_mount", cell(layer), str(""), cwd, str(rel), num(unix.MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH")))
	} else {
		calls = append(append(calls, b.guardedTarget(m.Target, target, true)...), moveTo(layer, target))
	}
	b.tree.nodes[m.Target] = layered
	if m.Upper == "" {
		// FACT — since 3.18 (ovl_statfs) — an overlay's size is that of its writable layer.
		b.capped = append(b.capped, m.Target)
	}
	b.step("mount overlay", m.Source+" at "+m.Target, calls...).hint(overlayHint, unix.EINVAL, unix.EPERM).hint(missingHint, unix.ENOENT).hint(linkHint, unix.ELOOP)
}

// userFile places a file with given content.
func (b *builder) userFile(m *spec.Mount, i int) {
	mode := int64(0o644)
	if m.Mode != nil {
		mode = int64(*m.Mode)
	}
	if b.tree.trusted(m.Target) {
		b.file(m.Target, m.Data, mode)
		return
	}
	fd, from, target := b.cell(), b.cell(), b.cell()
	name := stageName(i)
	calls := append([]Call{create(cell(b.stage), name, mode).into(fd)}, fill(fd, m.Data)...)
	calls = append(calls,
		call("open_tree", cell(b.stage), str(name), num(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC")).into(from),
		setAttr(cell(from), "", false, unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV, 0))
	calls = append(append(calls, b.guardedTarget(m.Target, target, false)...), moveTo(from, target))
	b.tree.nodes[m.Target] = foreign
	b.step("place file", m.Target, calls...).hint(missingHint, unix.ENOENT)
}

// userDir makes a directory.
func (b *builder) userDir(m *spec.Mount) {
	switch {
	case b.tree.trusted(m.Target):
		mode := int64(0o755)
		if m.Mode != nil {
			mode = int64(*m.Mode)
		}
		b.dir(m.Target, mode)
	case b.tree.writable(m.Target):
		fd := b.cell()
		b.step("make directory", m.Target, b.guardedTarget(m.Target, fd, true)...)
	default:
		b.fail("directory "+m.Target, "its parent is a directory of the host, where bulkhead makes nothing", layerHint)
	}
}

// userLink makes a symbolic link.
func (b *builder) userLink(m *spec.Mount) {
	switch {
	case b.tree.trusted(m.Target):
		b.link(m.Source, m.Target)
	case b.tree.writable(m.Target):
		fd := b.cell()
		calls := b.guardedTarget(path.Dir(m.Target), fd, true)
		b.step("link", m.Target, append(calls, call("symlinkat", str(m.Source), cell(fd), str(path.Base(m.Target))))...)
	default:
		b.fail("link "+m.Target, "its parent is a directory of the host, where bulkhead makes nothing", layerHint)
	}
}
