package plan

import (
	"path"
	"strings"
)

// tree is what the planner knows of the program's file tree: what it made
// itself in fresh file systems, where no hostile link can be, and what came
// from elsewhere. Paths of ours are used as strings, all others by descriptor.
type tree struct {
	nodes map[string]origin
	// tops are the roots of fresh file systems that are not reached through
	// ours alone, with their descriptors.
	tops map[string]Cell
	// links are the texts of the links of ours.
	links map[string]string
}

type origin uint8

const (
	unknown  origin = iota
	madeDir         // a directory of ours, in a fresh tmpfs
	madeFile        // a file or node of ours
	madeLink        // a link of ours
	foreign         // the top of a tree that is not ours
	layered         // the top of a foreign tree with a writable layer of ours
)

func newTree() tree {
	return tree{nodes: map[string]origin{}, tops: map[string]Cell{}, links: map[string]string{}}
}

// top returns the fresh file system that holds p, if all of p above its last
// component is ours.
func (t tree) top(p string) (string, bool) {
	for q := path.Dir(p); ; q = path.Dir(q) {
		if o := t.nodes[q]; o != madeDir && o != unknown {
			return "", false
		}
		if _, ok := t.tops[q]; ok {
			return q, true
		}
		if q == "/" {
			return "", false
		}
	}
}

// trusted tells whether p can be addressed as a string.
func (t tree) trusted(p string) bool {
	_, ok := t.top(p)
	return ok
}

// writable tells whether a directory or file can be made at p by descriptor: in a layer of ours.
func (t tree) writable(p string) bool {
	for q := path.Dir(p); ; q = path.Dir(q) {
		if o := t.nodes[q]; o != unknown {
			return o == layered || o == madeDir
		}
		if q == "/" {
			return false
		}
	}
}

// most is how many links in a row are followed; path_resolution(7).
const most = 40

// follow is p with links of ours replaced by what they lead to. Links in trees
// that are not ours are left to the kernel.
func (t tree) follow(p string) string {
	for range most {
		q := p
		for t.nodes[q] != madeLink && q != "/" {
			q = path.Dir(q)
		}
		if q == "/" {
			return p
		}
		to := t.links[q]
		if !path.IsAbs(to) {
			to = path.Join(path.Dir(q), to)
		}
		p = path.Join(to, strings.TrimPrefix(p, q))
	}
	return p
}

// missing lists the directories above p that are still to be made, outermost first.
func (t tree) missing(p string) []string {
	var dirs []string
	for q := path.Dir(p); q != "/" && t.nodes[q] == unknown; q = path.Dir(q) {
		dirs = append([]string{q}, dirs...)
	}
	return dirs
}

// below is p as seen from a directory above it.
func below(top, p string) string {
	rel := strings.Trim(strings.TrimPrefix(p, top), "/")
	if rel == "" {
		return "."
	}
	return rel
}

// rel returns the string for a trusted path, and the call that makes the
// working directory the one it is relative to.
func (b *builder) rel(p string) (string, []Call) {
	top, _ := b.tree.top(p)
	if top == b.here {
		return below(top, p), nil
	}
	b.here = top
	return below(top, p), []Call{call("fchdir", cell(b.tree.tops[top]))}
}
