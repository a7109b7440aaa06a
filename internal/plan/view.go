package plan

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// systemView shows the host's system parts in a root of ours, read-only.
func (b *builder) systemView() {
	if b.spec.Root.Kind == spec.RootEmpty {
		return
	}
	shown := 0
	for _, e := range b.host.Entries {
		if b.spec.Root.Overlay == nil || !layerable(e) {
			shown += b.show(e)
		}
	}
	defer b.layers()
	if shown == 0 {
		return
	}
	// One call for all of them; the root itself stays writable, and keeps its device nodes.
	fix := uint64(unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NODEV)
	b.step("make read-only", "the host's parts",
		setAttr(cell(b.root), "", true, fix|unix.MOUNT_ATTR_NOSUID, 0), setAttr(cell(b.root), "", false, 0, fix))
}

// show makes one entry appear, and counts the mounts that took.
func (b *builder) show(e Entry) int {
	if !b.tree.trusted(e.Path) || b.tree.nodes[e.Path] != unknown || b.covered(e.Path) || reaches(e.Path) && isNew(b.spec.Namespaces.Net) {
		return 0
	}
	if e.Kind == EntryLink {
		b.link(e.Link, e.Path)
		return 0
	}
	rel, calls := b.spot(e.Path, e.Kind == EntryDir)
	b.tree.nodes[e.Path] = foreign
	b.step("bind", e.Path, append(calls, mount(e.Path, rel, "", unix.MS_BIND|unix.MS_REC, ""))...).
		hint("the host's tree changed while it was read: run it again", unix.ENOENT)
	return 1
}

// parents makes the directories above p in trees of ours.
func (b *builder) parents(p string) (rel string, calls []Call) {
	for _, dir := range b.tree.missing(p) {
		rel, enter := b.rel(dir)
		calls = append(append(calls, enter...), mkdir(rel))
		b.tree.nodes[dir] = madeDir
	}
	rel, enter := b.rel(p)
	return rel, append(calls, enter...)
}

func mkdir(rel string) Call { return call("mkdirat", cwd, str(rel), num(0o755, "0755")) }

// spot makes the directory or file that a mount will cover, in a tree of ours.
func (b *builder) spot(p string, dir bool) (rel string, calls []Call) {
	rel, calls = b.parents(p)
	switch {
	case b.tree.nodes[p] != unknown:
		return rel, calls
	case dir:
		return rel, append(calls, mkdir(rel))
	}
	return rel, append(calls, makeFile(rel))
}

func makeFile(rel string) Call {
	return call("mknodat", cwd, str(rel), num(unix.S_IFREG|0o444, "S_IFREG|0444"), n(0))
}

// link makes a symbolic link in a tree of ours.
func (b *builder) link(text, p string) {
	rel, calls := b.parents(p)
	b.tree.nodes[p], b.tree.links[p] = madeLink, text
	b.step("link", p, append(calls, call("symlinkat", str(text), cwd, str(rel)))...)
}

// file writes a file in a tree of ours, instead of one made before.
func (b *builder) file(p, content string, mode int64) {
	fd := b.cell()
	rel, calls := b.parents(p)
	if o := b.tree.nodes[p]; o == madeFile || o == madeLink {
		calls = append(calls, call("unlinkat", cwd, str(rel), n(0)))
	}
	b.tree.nodes[p] = madeFile
	calls = append(calls, create(cwd, rel, mode).into(fd))
	b.step("write", p, append(calls, fill(fd, content)...)...).
		hint("the root is full: it holds what --file puts there, 64M by default", unix.ENOSPC)
}

// fill puts a whole text into a new file and closes it.
//
// FACT — always (write(2)) — a write that meets the end of the space succeeds with
// less; fallocate(2) takes the space for all of it, or fails. One page is never written in part.
func fill(fd Cell, text string) []Call {
	calls := []Call{write(fd, text), closeFD(fd)}
	if len(text) <= 4096 {
		return calls
	}
	return append([]Call{call("fallocate", cell(fd), n(0), n(0), n(int64(len(text))))}, calls...)
}

// create makes a new file below dir.
func create(dir Arg, path string, mode int64) Call {
	return call("openat", dir, str(path),
		num(unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, "O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC"),
		num(mode, fmt.Sprintf("%#o", mode)))
}

// dir makes a directory in a tree of ours.
func (b *builder) dir(p string, mode int64) {
	if b.tree.nodes[p] == madeDir {
		return
	}
	rel, calls := b.parents(p)
	b.tree.nodes[p] = madeDir
	b.step("make directory", p, append(calls, call("mkdirat", cwd, str(rel), num(mode, fmt.Sprintf("%#o", mode))))...)
}

// accounts generates the files that give the program's ids a name.
func (b *builder) accounts() {
	u := b.spec.User
	uid, gid := *u.UID, *u.GID
	var passwd, group strings.Builder
	entry := func(name string, uid, gid uint32, home, shell string) {
		fmt.Fprintf(&passwd, "%s:x:%d:%d:%s:%s:%s\n", name, uid, gid, name, home, shell)
	}
	if uid != 0 {
		entry("root", 0, 0, "/root", "/usr/sbin/nologin")
	}
	entry(u.Name, uid, gid, u.Home, b.shell())
	entry("nobody", 65534, 65534, "/nonexistent", "/usr/sbin/nologin")
	if gid != 0 {
		group.WriteString("root:x:0:\n")
	}
	fmt.Fprintf(&group, "%s:x:%d:\n", u.Name, gid)
	group.WriteString("tty:x:5:\nnogroup:x:65534:\n")
	b.file("/etc/passwd", passwd.String(), 0o644)
	b.file("/etc/group", group.String(), 0o644)
	b.file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n", 0o644)
	name := b.spec.Hostname
	b.file("/etc/hosts", "127.0.0.1\tlocalhost "+name+"\n::1\tlocalhost ip6-localhost "+name+"\n", 0o644)
	b.file("/etc/hostname", name+"\n", 0o644)
	// Repositories that are bound in belong to somebody else here, and Git then
	// refuses them, to guard a user from others' hooks. That guard is ours.
	b.file("/etc/gitconfig", "[safe]\n\tdirectory = *\n", 0o644)
}

// shell is the login shell in the generated passwd.
func (b *builder) shell() string {
	if s := b.spec.Env["SHELL"]; path.IsAbs(s) {
		return s
	}
	return "/bin/sh"
}
