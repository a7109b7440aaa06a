package plan

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// freshMount is a file system that each run gets anew.
type freshMount struct {
	fstype, path string
	flags        uint64
	options      string
}

// isFresh tells whether programs leave traces in such a file system. The
// devices' own is only there to hold them.
//
// FACT — since 4.2 (mount_too_revealing) — in a user namespace proc can be mounted only where
// one is in full view already — so a user's sandbox that is kept has one that those of the runs cover.
func isFresh(fstype, p string) bool {
	return fstype == "proc" || fstype == "devpts" || fstype == "mqueue" || fstype == "tmpfs" && p != "/dev"
}

// later makes the place for such a mount, and leaves the rest to each run.
func (b *builder) later(m freshMount) *Step {
	b.renewed = append(b.renewed, renewal{fresh: &m})
	var calls []Call
	if b.tree.trusted(m.path) {
		_, calls = b.spot(m.path, true)
	} else {
		target := b.cell()
		calls = append(b.guardedTarget(m.path, target, true), closeFD(target))
	}
	b.tree.nodes[m.path] = foreign
	if m.fstype == "tmpfs" {
		b.capped = append(b.capped, m.path)
		b.tree.nodes[m.path] = madeDir // what is mounted in it is moved by each run
	}
	if len(calls) == 0 {
		return &Step{}
	}
	return b.step("keep a place for", m.fstype+" "+m.path, calls...).hint(missingHint, unix.ENOENT)
}

// renewal is what each run makes anew: a file system, or what the Spec mounts or writes in one.
type renewal struct {
	fresh *freshMount
	inner *spec.Mount
	// index is inner's in the Spec, from the cell that holds its mount, for one that is moved.
	index int
	from  Cell
}

// renewedAbove is the path of the innermost renewed file system that p is in, or "".
func (b *builder) renewedAbove(p string) (top string) {
	for _, r := range b.renewed {
		if r.fresh != nil && strings.HasPrefix(path.Clean(p), r.fresh.path+"/") {
			top = r.fresh.path
		}
	}
	return top
}

// againEachRun notes a mount of the Spec that is in a file system which each run gets
// anew, and tells whether that is all: a bind is made now, from the host, and moved later.
func (b *builder) againEachRun(m *spec.Mount, i int) bool {
	top := b.renewedAbove(m.Target)
	switch {
	case !b.keeps || top == "":
		return false
	case !b.tree.trusted(top):
		b.fail("mount "+m.Target, "it is in "+top+", which each run of a sandbox that is kept gets anew", "mount it elsewhere, or leave "+top+" out")
		return true
	case m.Type != spec.MountBind:
		only := m.Type == spec.MountFile || m.Type == spec.MountDir || m.Type == spec.MountSymlink
		if only {
			b.renewed = append(b.renewed, renewal{inner: m, index: i})
		}
		return only
	}
	if !b.tree.trusted(m.Target) {
		return false // it is in another bind, and moves along
	}
	b.renewed = append(b.renewed, renewal{inner: m, index: i})
	return false
}

// renew makes what programs leave traces in, and puts into it what belongs there.
func (b *builder) renew(kept *builder) {
	b.knowTree(kept)
	renewed := slices.Clone(kept.renewed)
	for i := range renewed {
		if m := renewed[i].inner; m != nil && m.Type == spec.MountBind {
			renewed[i].from = b.cell()
			b.step("hold", m.Target, call("open_tree", cwd, str(m.Target), num(unix.OPEN_TREE_CLOEXEC, "OPEN_TREE_CLOEXEC")).into(renewed[i].from))
		}
	}
	for _, r := range renewed {
		switch {
		case r.fresh != nil:
			b.freshen(r.fresh)
		case r.from != 0:
			b.step("move", bindObject(r.inner), append(b.attachBind(r.from, r.inner), closeFD(r.from))...)
		case r.inner.Type == spec.MountFile:
			b.userFile(r.inner, r.index)
		case r.inner.Type == spec.MountDir:
			b.userDir(r.inner)
		default:
			b.userLink(r.inner)
		}
	}
	b.capped = kept.capped
}

// knowTree takes over what is known of the file tree, but for what a new mount covers.
func (b *builder) knowTree(kept *builder) {
	for p, origin := range kept.tree.nodes {
		if kept.renewedAbove(p) == "" {
			b.tree.nodes[p] = origin
		}
	}
	b.here = "/"
	b.tree.tops["/"] = 0 // never gone to: all of a run happens there
}

// freshen mounts one of them.
func (b *builder) freshen(m *freshMount) {
	if b.tree.trusted(m.path) {
		_, calls := b.spot(m.path, true)
		b.tree.nodes[m.path] = foreign
		if m.fstype == "tmpfs" {
			b.tree.nodes[m.path] = madeDir
		}
		b.step("mount "+m.fstype, m.path, append(calls, mount(m.fstype, m.path, m.fstype, m.flags, m.options))...).hint(hiddenProc, unix.EPERM)
		return
	}
	if b.root == 0 {
		b.root = b.cell()
		b.step("open", "/", open(cwd, "/", unix.O_PATH|unix.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC").into(b.root))
	}
	b.keeps = false // it is to be made now
	b.guardedFS(m.fstype, m.path, m.flags, m.options)
	b.keeps = true
}
