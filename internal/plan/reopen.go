package plan

import (
	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// A descriptor's access mode binds its owner only until it opens
// /proc/self/fd/N: that is a new open of the file, judged by its owner and mode.
// A program that is the launcher's user outside could so write the file that it
// was given for reading. Landlock keeps each file at the mode it was given with.

// File is where a descriptor leads: a file that has a name, if only a removed one.
type File struct {
	// Mode is st_mode of fstat(2), Flags are those of fcntl(2), F_GETFL.
	Mode, Flags uint32
}

// is tells whether the file is of a kind, S_IFREG or another.
func (f File) is(kind uint32) bool { return f.Mode&unix.S_IFMT == kind }

// Holds tells whether there is something in the file to keep: streams and terminals only pass things on.
func (f File) Holds() bool { return f.is(unix.S_IFREG) || f.is(unix.S_IFDIR) || f.is(unix.S_IFBLK) }

// rights are those that the descriptor gives already.
func (f File) rights() uint64 {
	if f.is(unix.S_IFDIR) {
		return everything
	}
	var rights uint64
	mode := f.Flags & unix.O_ACCMODE
	if mode != unix.O_WRONLY {
		rights |= llReadFile | llExecute
	}
	if mode != unix.O_RDONLY {
		rights |= llWriteFile | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if f.is(unix.S_IFCHR) || f.is(unix.S_IFBLK) {
		rights |= llIoctlDev
	}
	return rights
}

// Rights are what Landlock of an ABI lets a program do with the file by opening it anew.
func (f File) Rights(abi int) uint64 { return f.rights() & landlockRights(abi) }

// keepsFiles tells whether the program gets a ruleset for the sake of its descriptors alone.
//
// FACT — since 5.19 (landlock(7), LANDLOCK_ACCESS_FS_REFER, ABI 2) — under ABI 1 no
// file can be moved or linked from one directory to another — there the program stays without.
//
// FACT — always (landlock(7), "Filesystem topology modification") — nobody under
// Landlock can mount — so a program that may mount stays without.
func (b *builder) keepsFiles() bool {
	if b.host.LandlockABI < 2 || b.spec.Namespaces.Mount == spec.NamespaceHost || b.mayMount() {
		return false
	}
	for _, f := range b.given() {
		if f.Holds() {
			return true
		}
	}
	return b.run.Guarded
}

// mayMount tells whether the program can make mounts of its own.
func (b *builder) mayMount() bool {
	return b.spec.Nest || b.spec.Seccomp.Policy == "none" || b.kept()&(1<<unix.CAP_SYS_ADMIN) != 0
}

// treeRules allow all that is in view.
//
// FACT — always (landlock(7)) — a rule is tied to the file, not to the mount it
// is seen through — in a directory that is the root, what is read-only inside stays so by way of a descriptor, too.
func (b *builder) treeRules() []beneath {
	if r := &b.spec.Root; r.Kind == spec.RootDir && r.Overlay == nil {
		return b.landlockRules()
	}
	return []beneath{{"/", everything, false}}
}

// allowFiles allows each of the program's own descriptors to be opened again as it is.
func (b *builder) allowFiles(ruleset Cell, fs uint64) {
	inside := b.given()
	var calls []Call
	for _, fd := range sortedKeys(inside) {
		rights := inside[fd].rights() & fs
		calls = append(calls, call("landlock_add_rule", cell(ruleset), num(unix.LANDLOCK_RULE_PATH_BENEATH, "LANDLOCK_RULE_PATH_BENEATH"),
			data(words(rights, uint64(fd)), "{rights, "+itoa(fd)+"}"), n(0)))
	}
	if len(calls) > 0 {
		b.step("allow", "the descriptors as they are", calls...)
	}
}

// given are the files by the program's own numbers.
func (b *builder) given() map[int]File {
	files := map[int]File{}
	add := func(inside, fd int) {
		if f, ok := b.run.Files[fd]; ok {
			files[inside] = f
		}
	}
	if b.spec.Terminal {
		files[0] = File{Mode: unix.S_IFCHR, Flags: unix.O_RDWR}
	} else {
		add(0, b.run.Stdin)
		add(1, b.run.Stdout)
		add(2, b.run.Stderr)
	}
	for inside, fd := range b.run.Pass {
		add(inside, fd)
	}
	return files
}
