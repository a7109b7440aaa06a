package plan

import (
	"slices"
	"strings"
	"testing"
)

// grown is a tree of ours with one of each kind in it.
func grown() tree {
	t := newTree()
	t.tops["/"], t.tops["/far/tmp"] = 1, 2
	for p, o := range map[string]origin{
		"/": madeDir, "/etc": madeDir, "/etc/passwd": madeFile, "/var": madeDir, "/var/tmp": madeLink,
		"/usr": foreign, "/layer": layered, "/tmp": madeDir, "/far": foreign, "/far/tmp": madeDir,
	} {
		t.nodes[p] = o
	}
	return t
}

// alien is a tree that came from elsewhere, with a tmpfs of ours in it.
func alien(top origin) tree {
	t := newTree()
	t.nodes["/"] = top
	t.nodes["/tmp"], t.tops["/tmp"] = madeDir, 3
	return t
}

func TestTree(t *testing.T) {
	for _, test := range []struct {
		name              string
		tree              tree
		path, top         string
		trusted, writable bool
		missing           string
	}{
		{"at the top", grown(), "/new", "/", true, true, ""},
		{"deep", grown(), "/a/b/c", "/", true, true, "/a /a/b"},
		{"in a directory", grown(), "/etc/x/y", "/", true, true, "/etc/x"},
		{"itself foreign", grown(), "/usr", "/", true, true, ""},
		{"below foreign", grown(), "/usr/x", "", false, false, ""},
		{"deep below foreign", grown(), "/usr/x/y", "", false, false, "/usr/x"},
		{"below a layer", grown(), "/layer/x/y", "", false, true, "/layer/x"},
		{"below our link", grown(), "/var/tmp/x", "", false, false, ""},
		{"below our file", grown(), "/etc/passwd/x", "", false, false, ""},
		{"ours below foreign", grown(), "/far/tmp/a/b", "/far/tmp", true, true, "/far/tmp/a"},
		{"beside ours below foreign", grown(), "/far/other", "", false, false, ""},
		{"name that begins alike", grown(), "/usrx/y", "/", true, true, "/usrx"},
		{"name of a parent", grown(), "/etc", "/", true, true, ""},
		{"all dots but no parent", grown(), "/.../x", "/", true, true, "/..."},
		{"line feed", grown(), "/etc/\n/x", "/", true, true, "/etc/\n"},
		{"foreign root", alien(foreign), "/x", "", false, false, ""},
		{"foreign root, deep", alien(foreign), "/a/b", "", false, false, "/a"},
		{"ours in a foreign root", alien(foreign), "/tmp/a/b", "/tmp", true, true, "/tmp/a"},
		{"layered root", alien(layered), "/a/b", "", false, true, "/a"},
		{"no root yet", newTree(), "/a", "", false, false, ""},
	} {
		top, ok := test.tree.top(test.path)
		if top != test.top || ok != test.trusted || test.tree.trusted(test.path) != test.trusted {
			t.Errorf("%s: top(%q) is %q, %t, want %q, %t", test.name, test.path, top, ok, test.top, test.trusted)
		}
		if got := test.tree.writable(test.path); got != test.writable {
			t.Errorf("%s: writable(%q) is %t", test.name, test.path, got)
		}
		if got := strings.Join(test.tree.missing(test.path), " "); got != test.missing {
			t.Errorf("%s: missing(%q) is %q, want %q", test.name, test.path, got, test.missing)
		}
	}
}

func TestBelow(t *testing.T) {
	for _, test := range [][3]string{
		{"/", "/", "."}, {"/", "/a", "a"}, {"/", "/a/b", "a/b"}, {"/tmp", "/tmp", "."}, {"/tmp", "/tmp/x", "x"}, {"/a", "/a/a", "a"},
		{"/a", "/a/a/a", "a/a"}, {"/", "/...", "..."},
	} {
		if got := below(test[0], test[1]); got != test[2] {
			t.Errorf("below(%q, %q) is %q, want %q", test[0], test[1], got, test[2])
		}
	}
}

// rel changes directory only when it has to, and always to the top that the string is relative to.
func TestRel(t *testing.T) {
	b := &builder{tree: grown()}
	var calls []string
	for _, p := range []string{"/etc/x", "/tmp/y", "/far/tmp/z", "/far/tmp/w", "/etc/x"} {
		text, enter := b.rel(p)
		for _, c := range enter {
			calls = append(calls, c.String())
		}
		calls = append(calls, text)
	}
	want := []string{"fchdir(" + Cell(1).String() + ")", "etc/x", "tmp/y", "fchdir(" + Cell(2).String() + ")", "z", "w", "fchdir(" + Cell(1).String() + ")", "etc/x"}
	if !slices.Equal(calls, want) {
		t.Errorf("%q, want %q", calls, want)
	}
}

// Whatever is mounted where, a string is used only below directories of ours.
func TestOnlyOwnDirectoriesAreTrusted(t *testing.T) {
	for _, o := range []origin{madeFile, madeLink, foreign, layered} {
		tree := grown()
		tree.nodes["/x"] = o
		if tree.trusted("/x/y") || tree.trusted("/x/y/z") {
			t.Errorf("below origin %d a path is trusted", o)
		}
		if !tree.trusted("/x") {
			t.Errorf("what covers origin %d must be reached through our own directory", o)
		}
	}
}
