package spec

import (
	"io/fs"
	"path"
	"strings"
)

// guard turns Guard, Hide and Git of one bind into plain mounts.
type guard struct {
	*resolver
	bind   *Mount
	first  int             // of its mounts in out
	pinned map[string]bool // host paths that are mount points already
}

func (g *guard) expand() {
	if g.bind.Git {
		g.git()
	}
	for _, name := range g.bind.Guard {
		g.readOnly(g.bind.Source, name)
	}
	for _, name := range g.bind.Hide {
		g.hide(path.Join(g.bind.Source, name), maxLinks)
	}
}

// maxLinks bounds a chain of symbolic links, as the kernel does (path_resolution(7)).
const maxLinks = 40

// target is where a host path at or below the source appears inside.
func (g *guard) target(host string) string {
	if isBelow(host, g.bind.Source) {
		return path.Join(g.bind.Target, strings.TrimPrefix(host, g.bind.Source))
	}
	return host
}

// place mounts a host path where it appears inside, with the rights of the bind.
func (g *guard) place(host string, write bool) {
	if g.pinned[host] {
		if !write {
			g.lock(host)
		}
		return
	}
	g.pinned[host] = true
	own := g.bind.Own
	if own == nil {
		own = &g.bind.Write
	}
	beneath := "/"
	if isBelow(host, g.bind.Source) {
		beneath = g.bind.Source
	}
	g.out.Mounts = append(g.out.Mounts, Mount{
		Type: MountBind, Source: host, Beneath: beneath, Target: g.target(host), Write: write, NoExec: g.bind.NoExec, Own: clonePointer(own),
	})
}

// lock makes read-only what was placed writable, and what was placed writable in it.
func (g *guard) lock(host string) {
	for i := range g.out.Mounts[g.first:] {
		if m := &g.out.Mounts[g.first+i]; isBelow(m.Source, host) {
			m.Write = false
		}
	}
}

// readOnly guards the path name below dir, which is a mount point. What does not exist, and
// a link, which no mount can cover, is watched instead; what a link leads to is guarded too when it is in view.
func (g *guard) readOnly(dir, name string) {
	if p, ok := g.pin(dir, name, maxLinks); ok {
		g.place(p, false)
	}
}

// pin makes the directories from dir down to name mount points, and returns the file that name leads to.
func (g *guard) pin(dir, name string, links int) (string, bool) {
	p := dir
	for part, rest, more := strings.Cut(name, "/"); ; part, rest, more = strings.Cut(rest, "/") {
		p = path.Join(p, part)
		mode, exists := g.lstat(p)
		switch {
		case !exists:
			g.watch(p)
			return "", false
		case mode&fs.ModeSymlink != 0:
			g.watch(p)
			return g.pinLink(p, rest, links-1)
		case !more:
			return p, true
		case !mode.IsDir():
			return p, true // nothing can be below a file: keep it the file that it is
		}
		g.place(p, true)
	}
}

// pinLink goes on where a link leads, if that lies in the bind.
func (g *guard) pinLink(link, rest string, links int) (string, bool) {
	p, ok := g.follow(link)
	if !ok || links == 0 || p == g.bind.Source || !isBelow(p, g.bind.Source) {
		return "", false
	}
	return g.pin(g.bind.Source, path.Join(g.below(p), rest), links)
}

// follow is the path that a link names.
func (g *guard) follow(link string) (string, bool) {
	text, err := fs.ReadLink(g.Files, rel(link))
	if err != nil || text == "" {
		return "", false
	}
	if path.IsAbs(text) {
		return path.Clean(text), true
	}
	return path.Join(path.Dir(link), text), true
}

// hide covers a file by an empty one and a directory by an empty one that stays empty. A
// link is left, and what it names is covered when it lies in the bind.
func (g *guard) hide(p string, links int) {
	mode, exists := g.lstat(p)
	switch {
	case !exists:
		return
	case mode&fs.ModeSymlink != 0:
		if next, ok := g.follow(p); ok && links > 0 && next != g.bind.Source && isBelow(next, g.bind.Source) {
			g.hide(next, links-1)
		}
	case mode.IsDir():
		g.out.Mounts = append(g.out.Mounts, Mount{Type: MountTmpfs, Target: g.target(p), Size: 4 * KiB, Inodes: 1, Mode: Mode(0o555), NoExec: true})
	default:
		g.out.Mounts = append(g.out.Mounts, Mount{Type: MountFile, Target: g.target(p), Mode: Mode(0o444)})
	}
}
