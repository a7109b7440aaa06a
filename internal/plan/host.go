package plan

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Host is what the planner needs to know about the machine and the caller. All
// of it is probed by others: here it is data.
type Host struct {
	// Root says that the caller has the real root's power over namespaces, ids and mounts.
	Root bool
	// UID and GID are the caller's effective ids.
	UID, GID uint32
	// Entries are the parts of the host's tree that exist among HostView.
	Entries []Entry
	// SharedClocks says that a process which shares its memory can set the
	// offsets of a time namespace and have children that do so, too.
	//
	// FACT — since 6.3 (commit 2b5f9dad32ed) — a new time namespace is entered at
	// exec; before, at clone, where its offsets can no longer be set, and sharing memory across one was refused.
	SharedClocks bool
	// MappedLayers says that an overlay takes id-mapped layers.
	MappedLayers bool
	// LandlockABI is the kernel's, 0 for none.
	LandlockABI int
	// Arch is Go's name of the machine.
	Arch string
	// Permitted is the caller's permitted capabilities.
	Permitted uint64
	// LastCap is the highest capability the kernel knows.
	LastCap int
}

// Entry is one part of the host's tree that the default view shows.
type Entry struct {
	Path string // absolute
	Kind EntryKind
	Link string // the text of a symbolic link
}

// EntryKind is the type of an Entry.
type EntryKind uint8

// The kinds of Entry.
const (
	EntryDir EntryKind = iota
	EntryFile
	EntryLink
)

// HostView lists what `root: host` shows of the host, if it exists: programs
// and libraries, and those files of /etc that programs read. It is an
// allow-list, so that a key or password below /etc cannot show by accident;
// /root, /home, /var, /run, /srv and /mnt are left out whole.
func HostView() []string { return slices.Clone(hostView[:]) }

var hostView = [...]string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store",
	// The dynamic linker and the shells.
	"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives",
	"/etc/profile", "/etc/bash.bashrc", "/etc/inputrc",
	// Time, language and names.
	"/etc/localtime", "/etc/timezone", "/etc/locale.conf", "/etc/os-release",
	"/etc/protocols", "/etc/services", "/etc/mime.types",
	// Public certificates; never /etc/ssl/private.
	"/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ca-certificates", "/etc/pki/tls/certs", "/etc/pki/ca-trust",
	"/etc/crypto-policies",
	// Languages that keep a part of themselves here.
	"/etc/java-8-openjdk", "/etc/java-11-openjdk", "/etc/java-17-openjdk", "/etc/java-21-openjdk",
	"/etc/java-25-openjdk", "/etc/maven", "/etc/perl", "/etc/python3", "/etc/python3.11", "/etc/python3.12",
	"/etc/python3.13", "/etc/python3.14", "/etc/R", "/etc/mono", "/etc/texmf", "/etc/xml", "/etc/fonts",
	// The names of other machines: shown with a network that reaches them.
	"/etc/resolv.conf", "/etc/gai.conf", "/etc/host.conf",
}

// reaches tells whether an entry is of use only with a network beyond loopback.
func reaches(path string) bool {
	return path == "/etc/resolv.conf" || path == "/etc/gai.conf" || path == "/etc/host.conf"
}

// InView tells whether a link at p with this text leads to something that the
// default view shows as a directory, so that the link can be shown as it is.
func InView(p, link string) bool {
	if !path.IsAbs(link) {
		link = path.Join(path.Dir(p), link)
	}
	for _, dir := range [...]string{"/usr", "/opt", "/nix/store"} {
		if path.Clean(link) == dir || strings.HasPrefix(path.Clean(link), dir+"/") {
			return true
		}
	}
	return false
}

// Run is what differs from one sandbox to the next on the same host.
type Run struct {
	// Name of the sandbox: cgroup, init's argument.
	Name string
	// ID is the unprivileged host id that the program of a root caller runs as. Its init's differs in the last bit.
	ID uint32
	// Stdin, Stdout and Stderr are descriptors of the launcher; Pass maps numbers inside to descriptors of the launcher.
	Stdin, Stdout, Stderr int
	// Rows and Columns are the first size of the terminal.
	Rows, Columns uint16
	// Termios are the settings of the terminal; nil: as the kernel makes it.
	Termios *unix.Termios
	Pass    map[int]int
	// Files are those descriptors of the launcher, among the ones above, that lead to a file with a name.
	Files map[int]File
	// Guarded says that the first program of the sandbox to join is kept from opening its descriptors anew:
	// then the next one is, too, or it could do it for the first.
	Guarded bool
	// Env is the complete environment, sorted.
	Env []string
	// Joined are the existing namespaces to enter, by kind, as descriptors of the launcher that no step renumbers.
	Joined map[string]int
	// Within is such a descriptor of the user namespace that owns them all, where the caller's own does not; 0 for none.
	Within int
	// JoinedMaps are the maps of the user namespace to enter.
	JoinedMaps Maps
	// Cgroup is what the limits need, worked out by package cgroup.
	Cgroup Cgroup
	// Filter is the compiled seccomp policy, 8 bytes an instruction.
	Filter []byte
	// Notify says that the filter asks a supervisor.
	Notify bool
	// Early says that the filter lets through what comes between the wait for a job and the exec.
	Early bool
	// Owners are the owners of the sources of binds and overlays that are to belong to the program's user.
	Owners map[string]Owner
	// HardLimits are the caller's own hard limits that are not infinite, by RLIMIT number.
	HardLimits map[int64]uint64
	// Ignored are the signals that the launcher ignores: the program must not inherit that.
	Ignored []int
}

// Owner is the owner of a file.
type Owner struct{ UID, GID uint32 }

// Cgroup is the part of the set-up that limits resources.
type Cgroup struct {
	// Shared are directories that may exist already.
	Shared []string
	Dirs   []string
	Writes []Write
	// Procs are the cgroup v1 cgroup.procs files that the builder writes itself into.
	Procs []string
	// Into is the cgroup v2 directory that the builder is born in.
	Into string
	// After is written when the program runs.
	After []Write
}

// Write is one value for one file.
type Write struct {
	Path, Value, What string
	// Optional allows the file to be missing.
	Optional bool
}
