package plan

import (
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// makeStage attaches a tmpfs that is covered by the root later and goes with
// the host's tree: a place for the layers of overlays and for single files.
//
// FACT — until 6.14 (clone_private_mount, open_tree) — only an attached mount
// can be a layer or be copied from.
func (b *builder) makeStage() {
	if !b.needsStage() {
		return
	}
	b.stage = b.cell()
	size, inodes := b.layerCaps()
	b.attach(b.stage, "a place for layers", b.newTmpfs(b.stage, size, inodes, "0700"))
}

// layerCaps is the room for all layers that are thrown away, and for what we put beside them.
func (b *builder) layerCaps() (size, inodes int64) {
	size, inodes = 1<<20, 64
	if o := b.spec.Root.Overlay; o != nil {
		size, inodes = limitOr(o.Size, 512<<20), sumCaps(inodes, limitOr(o.Inodes, 262144))
	}
	for _, m := range b.spec.Mounts {
		if m.Type == spec.MountOverlay && m.Upper == "" {
			size, inodes = sumCaps(size, limitOr(m.Size, 64<<20)), sumCaps(inodes, limitOr(m.Inodes, 65536))
		}
		if m.Data != "" {
			size = sumCaps(size, int64(len(m.Data)))
		}
		inodes = sumCaps(inodes, 3)
	}
	return size, inodes
}

// sumCaps adds two caps of a tmpfs, where 0 is none.
func sumCaps(a, b int64) int64 {
	if a == 0 || b == 0 || a > 1<<63-1-b {
		return 0
	}
	return a + b
}

func (b *builder) needsStage() bool {
	if b.spec.Root.Overlay != nil {
		return true
	}
	for _, m := range b.spec.Mounts {
		if m.Type == spec.MountOverlay || m.Type == spec.MountFile {
			return true
		}
	}
	return false
}

// overlayRoot puts a writable layer over a directory that is the root.
func (b *builder) overlayRoot() {
	lower, kept := b.spec.Root.Dir, b.spec.Root.Overlay.Dir
	calls := b.newOverlay(b.root, &spec.Mount{Source: lower, Upper: kept}, "root")
	b.attach(b.root, lower, calls).hint(overlayHint, unix.EINVAL, unix.EPERM).hint(linkHint, unix.ELOOP)
	b.tree.nodes["/"] = layered
	if b.spec.Root.Overlay.Dir == "" {
		b.capped = append(b.capped, "/")
	}
}

// layers puts writable layers over the directories of the host that are in view.
func (b *builder) layers() {
	if b.spec.Root.Kind == spec.RootDir {
		return
	}
	for i, m := range rootLayers(b.spec, &b.host) {
		b.overlay(&m, "v"+strconv.Itoa(i))
	}
}

// Layer is an overlay of a Spec: the directory of the host that it covers, the
// one that keeps its changes (empty if they are thrown away), and where it shows inside.
type Layer struct{ Lower, Kept, Target string }

// Layers lists the overlays of a Spec on a host.
func Layers(s *spec.Spec, h *Host) []Layer {
	var list []Layer
	for _, m := range append(rootLayers(s, h), s.Mounts...) {
		if m.Type == spec.MountOverlay {
			list = append(list, Layer{m.Source, m.Upper, m.Target})
		}
	}
	return list
}

// rootLayers are the overlays that Root.Overlay stands for.
func rootLayers(s *spec.Spec, h *Host) []spec.Mount {
	o := s.Root.Overlay
	switch {
	case o == nil:
		return nil
	case s.Root.Kind == spec.RootDir:
		return []spec.Mount{{Type: spec.MountOverlay, Source: s.Root.Dir, Target: "/", Upper: o.Dir}}
	}
	var list []spec.Mount
	for _, e := range h.Entries {
		if !layerable(e) || covered(s, e.Path) {
			continue
		}
		m := spec.Mount{Type: spec.MountOverlay, Source: e.Path, Target: e.Path, Beneath: o.Dir}
		if o.Dir != "" {
			m.Upper = path.Join(o.Dir, strings.ReplaceAll(below("/", e.Path), "/", "-"))
		}
		list = append(list, m)
	}
	return list
}

// layerable tells whether an entry is a whole tree, and not a part of /etc.
func layerable(e Entry) bool { return e.Kind == EntryDir && !strings.HasPrefix(e.Path, "/etc/") }

const overlayHint = "the directory may be on a file system that cannot be a layer of an overlay (another overlay, or one without extended attributes; with the option own, one without id-mapped mounts, or Linux before 5.19)"

// newOverlay makes a detached overlay. A layer that is thrown away lives on the stage, below name.
func (b *builder) newOverlay(dst Cell, m *spec.Mount, name string) []Call {
	fs := b.cell()
	upper, work := str(name+"/upper"), str(name+"/work")
	var calls []Call
	if m.Upper == "" {
		mkdir := func(p Arg) Call { return call("mkdirat", cell(b.stage), p, num(0o755, "0755")).allow(unix.EEXIST) }
		b.here = ""
		calls = []Call{call("fchdir", cell(b.stage)), mkdir(str(name)), mkdir(upper), mkdir(work)}
	} else {
		upper, work, calls = b.keptLayer(m)
	}
	lower, mapped, unmap := b.mappedLower(m, name)
	calls = append(calls, mapped...)
	set := func(key string, value Arg) Call {
		return call("fsconfig", cell(fs), num(unix.FSCONFIG_SET_STRING, "FSCONFIG_SET_STRING"), str(key), value, n(0))
	}
	calls = append(calls, call("fsopen", str("overlay"), num(unix.FSOPEN_CLOEXEC, "FSOPEN_CLOEXEC")).into(fs),
		set("lowerdir", lower), set("upperdir", upper), set("workdir", work))
	if !b.host.Root {
		// FACT — since 5.11 (overlayfs, userxattr) — without real root the
		// layer's marks are kept in user.* attributes.
		calls = append(calls, call("fsconfig", cell(fs), num(unix.FSCONFIG_SET_FLAG, "FSCONFIG_SET_FLAG"), str("userxattr"), num(0, "NULL"), n(0)))
	}
	calls = append(append(calls, fsCreate(fs)), unmap...)
	return append(calls, fsMount(fs, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV).into(dst), closeFD(fs))
}

// escapeLayer protects the characters that separate lower directories.
func escapeLayer(p string) string {
	return strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(p)
}

// stageName names the i-th thing on the stage.
func stageName(i int) string { return "m" + strconv.Itoa(i) }
