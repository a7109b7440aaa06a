package plan

import (
	"maps"
	"testing"

	"golang.org/x/sys/unix"
)

// The rights by access mode, as numbers of landlock(7): execute 1, write 2, read 4, truncate 0x4000, ioctl 0x8000.
func TestRightsOfDescriptors(t *testing.T) {
	const exec, write, read, truncate, ioctl = 1, 2, 4, 0x4000, 0x8000
	for _, test := range []struct {
		file File
		want uint64
	}{
		{File{unix.S_IFREG | 0o644, unix.O_RDONLY}, read | exec},
		{File{unix.S_IFREG | 0o644, unix.O_WRONLY | unix.O_APPEND}, write | truncate},
		{File{unix.S_IFREG, unix.O_RDWR}, read | exec | write | truncate},
		{File{unix.S_IFREG, unix.O_PATH}, read | exec},
		{File{unix.S_IFIFO, unix.O_WRONLY}, write | truncate},
		{File{unix.S_IFCHR, unix.O_RDONLY}, read | exec | ioctl},
		{File{unix.S_IFBLK, unix.O_RDWR}, read | exec | write | truncate | ioctl},
		{File{unix.S_IFDIR, unix.O_RDONLY | unix.O_DIRECTORY}, everything},
	} {
		if got := test.file.rights(); got != test.want {
			t.Errorf("%+v: rights %#x, want %#x", test.file, got, test.want)
		}
	}
}

// rulesFor are the rights that a plan gives to the program's own descriptors.
func rulesFor(p *Plan) map[int]uint64 {
	rules := map[int]uint64{}
	for _, s := range find(p, "allow the descriptors") {
		for _, c := range s.Calls {
			b, _, _ := c.Args[2].Data()
			rules[int(b[8])] = word(b, 0)
		}
	}
	return rules
}

// A rule names the program's number of a descriptor, not the launcher's.
func TestDescriptorsAreNamedAsInside(t *testing.T) {
	in := asUser()
	in.run.Pass = map[int]int{9: 20}
	in.run.Files = map[int]File{0: {unix.S_IFREG, unix.O_RDONLY}, 7: {unix.S_IFREG, unix.O_WRONLY}, 20: {unix.S_IFREG, unix.O_RDWR}, 33: {unix.S_IFREG, unix.O_RDWR}}
	want := map[int]uint64{0: 5, 1: 0x4002, 9: 0x4007}
	if got := rulesFor(in.mustPlan(t)); !maps.Equal(got, want) {
		t.Errorf("rules %v, want %v", got, want)
	}
}

// A ruleset of its own is made where there is something to keep, and where it hinders nothing.
func TestWhoIsKeptFromItsFiles(t *testing.T) {
	file := func(kind uint32) func(*input) {
		return func(in *input) { in.run.Files = map[int]File{0: {kind, unix.O_RDONLY}} }
	}
	for _, test := range []struct {
		doc  string
		with func(*input)
		want bool
	}{
		{"", file(unix.S_IFREG), true},
		{"", file(unix.S_IFDIR), true},
		{"", file(unix.S_IFBLK), true},
		{"", file(unix.S_IFCHR), false},
		{"", file(unix.S_IFIFO), false},
		{"", func(*input) {}, false},
		{"", func(in *input) { in.run.Guarded = true }, true},
		{"", func(in *input) { in.run.Files = map[int]File{44: {unix.S_IFREG, 0}} }, false},
		{"", func(in *input) { file(unix.S_IFREG)(in); in.host.LandlockABI = 1 }, false},
		{"", func(in *input) { file(unix.S_IFREG)(in); in.host.LandlockABI = 0 }, false},
		{`{"nest": true}`, file(unix.S_IFREG), false},
		{`{"seccomp": {"policy": "none"}}`, file(unix.S_IFREG), false},
		{`{"capabilities": ["SYS_ADMIN"]}`, file(unix.S_IFREG), false},
		{`{"capabilities": ["NET_ADMIN"]}`, file(unix.S_IFREG), true},
		{`{"namespaces": {"mount": "host"}}`, file(unix.S_IFREG), false},
		{`{"terminal": true}`, file(unix.S_IFREG), false},
	} {
		in := asUser()
		in.decode(t, test.doc)
		test.with(&in)
		for _, in.join = range []bool{false, true} {
			p := in.mustPlan(t)
			if made := len(find(p, "make a Landlock ruleset")) == 1; made != test.want || p.Guarded != test.want {
				t.Errorf("%s, join %t: a ruleset is made: %t, said to be: %t, want %t", test.doc, in.join, made, p.Guarded, test.want)
			}
		}
	}
}

// Whatever a directory that is the root does not let be written inside must not be by way of its name on the host.
func TestTreeRulesOfARootThatIsADirectory(t *testing.T) {
	in := asUser()
	withFiles(&in)
	for doc, writable := range map[string]bool{
		"": true,
		`{"root": {"kind": "dir", "dir": "/srv/tree"}}`:                   false,
		`{"root": {"kind": "dir", "dir": "/srv/tree", "writable": true}}`: true,
		`{"root": {"kind": "dir", "dir": "/srv/tree", "overlay": {}}}`:    true,
	} {
		in := in
		in.decode(t, doc)
		b, _, _ := find(in.mustPlan(t), "allow /")[0].Calls[1].Args[2].Data()
		if got := word(b, 0)&llWriteFile != 0; got != writable {
			t.Errorf("%s: files below / can be written: %t", doc, got)
		}
	}
}
