package plan

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// A layer that is kept may lie where somebody else can put links: in a project
// that another sandbox writes, or in /tmp. Followed, they would have us make
// directories elsewhere, and the program write there. So the directory that was
// named is opened once, and what is beneath only by descriptor, without links.

const linkHint = "a symbolic link is where a directory of the layer should be: somebody put it there; if it was you, name the directory that it leads to"

// keptLayer makes what a layer consists of, unless it is there, and returns the
// names by which the kernel finds upper and work, whatever has become of their paths.
func (b *builder) keptLayer(m *spec.Mount) (upper, work Arg, calls []Call) {
	b.reserveLayer()
	top := m.Upper
	if m.Beneath != "" {
		top = m.Beneath
	}
	dir := b.cell()
	calls = []Call{call("mkdirat", cwd, str(path.Dir(top)), num(0o755, "0755")).allow(unix.EEXIST),
		open(cwd, path.Dir(top), unix.O_PATH|unix.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC").into(dir)}
	for name := range strings.SplitSeq(below(path.Dir(top), m.Upper), "/") {
		inner, enter := b.enter(dir, name)
		calls = append(append(calls, enter...), closeFD(dir))
		dir = inner
	}
	calls = append(calls, b.noteLayer(dir, m.Source)...)
	for i, name := range [...]string{"upper", "work"} {
		fd, enter := b.enter(dir, name)
		calls = append(append(calls, enter...), call("dup3", cell(fd), cell(b.reserved[i]), num(unix.O_CLOEXEC, "O_CLOEXEC")), closeFD(fd))
	}
	return pathOf(b.reserved[0]), pathOf(b.reserved[1]), append(calls, closeFD(dir))
}

// enter opens a directory in another, which it makes if it has to.
func (b *builder) enter(dir Cell, name string) (Cell, []Call) {
	inner := b.cell()
	how := words(unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0, unix.RESOLVE_BENEATH|unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS)
	return inner, []Call{call("mkdirat", cell(dir), str(name), num(0o755, "0755")).allow(unix.EEXIST),
		call("openat2", cell(dir), str(name), data(how, "{O_PATH|O_DIRECTORY|O_CLOEXEC, RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS|RESOLVE_NO_MAGICLINKS}"), n(24)).into(inner)}
}

// reserveLayer takes two numbers for descriptors while they can still become part of a text.
//
// FACT — until 6.13 (overlayfs, FSCONFIG_SET_FD) — an overlay takes its layers by path
// only — /proc/self/fd/N is one, and the launcher, whose descriptors the builder has, knows an N that is free.
func (b *builder) reserveLayer() {
	if b.reserved[0] != 0 {
		return
	}
	actor := b.actor
	b.actor = Launcher
	b.reserved = [2]Cell{b.cell(), b.cell()}
	hold := open(cwd, "/", unix.O_PATH|unix.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC")
	b.step("reserve", "descriptors for a layer", hold.into(b.reserved[0]), hold.into(b.reserved[1]))
	b.actor = actor
}

// Links beside a kept layer say what it lay over, without which a changed file
// and a new one look alike, and by which attributes it is marked.
const (
	LowerLink = "lower"
	MarksLink = "marks"
)

// The attributes by which the kernel marks layers: only root can set or read trusted ones.
const (
	TrustedMarks = "trusted.overlay."
	UserMarks    = "user.overlay."
)

func (b *builder) noteLayer(dir Cell, lower string) []Call {
	marks := UserMarks
	if b.host.Root {
		marks = TrustedMarks
	}
	return append(link(dir, LowerLink, lower), link(dir, MarksLink, marks)...)
}

// link makes a symbolic link in the place of an older one.
func link(dir Cell, name, text string) []Call {
	return []Call{call("unlinkat", cell(dir), str(name), n(0)).allow(unix.ENOENT), call("symlinkat", str(text), cell(dir), str(name)).allow(unix.EEXIST)}
}
