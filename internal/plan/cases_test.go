package plan

import (
	"golang.org/x/sys/unix"
)

// golden is one plan that is kept in testdata. It continues the base case: doc is
// read over its Spec. Unless whole is set, the file holds what differs from the base's plan.
type golden struct {
	name, base string
	doc        string
	whole      bool
	with       func(*input)
}

var goldens = []golden{
	{name: "root", whole: true},
	{name: "user", whole: true},
	{name: "bind-host", base: "root", doc: `{"mounts": [{"type": "bind", "source": "/", "target": "/host"}, {"type": "bind", "source": "/", "target": "/again", "optional": true}]}`},
	{name: "as-pid-1-root", base: "root", whole: true, doc: `{"as_pid_1": true}`},
	{name: "as-pid-1-user", base: "user", whole: true, doc: `{"as_pid_1": true}`},
	{name: "kept-root", base: "root", whole: true, with: func(in *input) { in.keep, in.run.Early = true, true }},
	{name: "kept-user", base: "user", whole: true, with: func(in *input) { in.keep = true }},
	{name: "kept-dir", base: "kept-root", whole: true, with: func(in *input) { in.keep = true }, doc: `{"root": {"kind": "dir", "dir": "/srv/tree"}, "landlock": {"mode": "on"}}`},
	{name: "kept-inner", base: "kept-root", with: func(in *input) { in.keep = true }, doc: `{"mounts": [{"type": "bind", "source": "/data", "target": "/tmp/in/data"}, {"type": "bind", "source": "/data", "target": "/tmp/in/data/again"}, {"type": "file", "target": "/tmp/note", "data": "text"}, {"type": "tmpfs", "target": "/home/user/scratch"}, {"type": "symlink", "source": "note", "target": "/tmp/link"}]}`},
	{name: "exec-root", base: "root", whole: true, with: func(in *input) { in.join = true }},
	{name: "exec-user", base: "user", whole: true, with: func(in *input) { in.join = true }},
	{name: "exec-shared", base: "exec-root", doc: `{"namespaces": {"net": "host", "time": "host"}, "terminal": true}`},

	// Namespaces.
	{name: "share-pid", base: "root", whole: true, doc: `{"namespaces": {"pid": "host"}}`},
	{name: "share-mount", base: "root", doc: `{"namespaces": {"mount": "host"}}`},
	{name: "share-net", base: "root", doc: `{"namespaces": {"net": "host"}}`},
	{name: "share-ipc", base: "root", doc: `{"namespaces": {"ipc": "host"}}`},
	{name: "share-uts", base: "root", doc: `{"namespaces": {"uts": "host"}}`},
	{name: "share-cgroup", base: "root", doc: `{"namespaces": {"cgroup": "host"}}`},
	{name: "share-time", base: "root", doc: `{"namespaces": {"time": "host"}}`},
	{name: "share-user", base: "root", doc: `{"namespaces": {"user": "host"}}`},
	{name: "share-user-named", base: "root", doc: `{"namespaces": {"user": "host"}, "user": {"uid": 33, "gid": 34}}`},
	{name: "join-net-path", base: "root", doc: `{"namespaces": {"net": "/proc/77/ns/net"}}`},
	{name: "join-net-name", base: "root", doc: `{"namespaces": {"net": "netns:blue"}}`},
	{name: "join-net-fd", base: "root", doc: `{"namespaces": {"net": "fd:9"}}`},
	{name: "join-ipc-user", base: "user", whole: true, doc: `{"namespaces": {"ipc": "sandbox:web"}}`},
	{name: "join-ipc-cgroup", base: "join-ipc-user", with: func(in *input) { in.run.Cgroup = cgroupV2() }, doc: `{"namespaces": {"ipc": "sandbox:web"}}`},
	{name: "join-pid", base: "root", whole: true, doc: `{"namespaces": {"pid": "/proc/77/ns/pid"}, "proc": {"hidepid": "invisible", "read_only": true}}`},
	{name: "join-pid-user", base: "user", whole: true, doc: `{"namespaces": {"pid": "sandbox:web"}}`},
	{name: "join-pid-elsewhere", base: "join-pid", doc: `{"namespaces": {"pid": "sandbox:web"}, "root": {"kind": "dir", "dir": "/srv/tree"}}`},
	{name: "join-pid-mount", base: "join-pid", doc: `{"namespaces": {"pid": "sandbox:web", "mount": "sandbox:web"}}`},
	{name: "join-time", base: "root", doc: `{"namespaces": {"time": "sandbox:web"}}`},
	{name: "join-time-user", base: "join-ipc-user", doc: `{"namespaces": {"time": "sandbox:web"}}`},
	{name: "join-user", base: "root", doc: `{"namespaces": {"user": "sandbox:web"}}`},
	{name: "join-user-user", base: "join-ipc-user", doc: `{"namespaces": {"user": "sandbox:web"}}`},
	{name: "join-pid-user-old", base: "join-pid-user", doc: `{"namespaces": {"pid": "sandbox:web"}}`, with: func(in *input) { in.host.SharedClocks = false }},
	{name: "join-user-pid", base: "join-pid-user", doc: `{"namespaces": {"user": "sandbox:web", "pid": "sandbox:web"}}`},
	{name: "join-user-pid-1", base: "as-pid-1-root", doc: `{"namespaces": {"user": "sandbox:web"}, "as_pid_1": true}`},
	{name: "join-many", base: "user", doc: `{"namespaces": {"ipc": "/proc/77/ns/ipc", "uts": "fd:5", "cgroup": "/proc/77/ns/cgroup"}}`},
	{name: "small-memory", base: "root", doc: `{"limits": {"memory": "32M"}}`},
	{name: "clock", base: "user", doc: `{"clock": {"monotonic": "-1.5s", "boottime": "1000s"}}`},
	{name: "names", base: "root", doc: `{"hostname": "web-1", "domainname": "example.org"}`},

	// Roots.
	{name: "root-dir", base: "root", whole: true, doc: `{"root": {"kind": "dir", "dir": "/srv/tree"}}`},
	{name: "root-dir-writable", base: "root-dir", doc: `{"root": {"kind": "dir", "dir": "/srv/tree", "writable": true}}`},
	{name: "root-dir-overlay", base: "root-dir", doc: `{"root": {"kind": "dir", "dir": "/srv/tree", "overlay": {}}}`},
	{name: "root-dir-overlay-user", base: "user", whole: true, doc: `{"root": {"kind": "dir", "dir": "/srv/tree", "overlay": {}}}`},
	{name: "host-overlay", base: "root", doc: `{"root": {"overlay": {"size": "1G"}}}`},
	{name: "host-overlay-kept", base: "root", doc: `{"root": {"overlay": {"dir": "/srv/kept"}}}`},
	{name: "empty", base: "root", doc: `{"root": {"kind": "empty", "size": "1M", "inodes": 99}}`},
	{name: "empty-writable", base: "root", doc: `{"root": {"kind": "empty", "writable": true}}`},

	// Mounts, in trees of ours and in others'.
	{name: "bind", base: "root", doc: `{"mounts": [
		{"type": "bind", "source": "/srv/in", "target": "/data/in"},
		{"type": "bind", "source": "/srv/out", "target": "/data/out", "write": true, "noexec": true},
		{"type": "bind", "source": "/srv/dev", "target": "/data/dev", "dev": true, "optional": true},
		{"type": "bind", "source": "fd:5", "target": "/data/fd"}]}`,
		with: func(in *input) { in.run.Owners = map[string]Owner{"/srv/out": {1001, 1002}} }},
	{name: "bind-user", base: "user", doc: `{"mounts": [{"type": "bind", "source": "/srv/out", "target": "/data/out", "write": true}]}`,
		with: func(in *input) { in.run.Owners = map[string]Owner{"/srv/out": {1001, 1002}} }},
	{name: "overlay-own", base: "root", doc: `{"mounts": [
		{"type": "overlay", "source": "/srv/low", "target": "/data/layer"},
		{"type": "overlay", "source": "/srv/low", "target": "/data/kept", "upper": "/srv/kept", "own": true},
		{"type": "overlay", "source": "/srv/low", "target": "/data/noown", "own": false}]}`, with: withLowerOwner},
	{name: "overlay-own-5.12", base: "overlay-own", doc: `{"mounts": [{"type": "overlay", "source": "/srv/low", "target": "/data/layer"}]}`,
		with: func(in *input) { withLowerOwner(in); in.host.MappedLayers = false }},
	{name: "bind-optional", base: "root", doc: `{"mounts": [
		{"type": "overlay", "source": "/srv/low", "target": "/layer"},
		{"type": "bind", "source": "/srv/may-be", "target": "/deep/er/in", "optional": true},
		{"type": "bind", "source": "/srv/in", "target": "/deep/other"}]}`},
	{name: "bind-covers-view", base: "root", doc: `{"mounts": [
		{"type": "bind", "source": "/srv/usr", "target": "/usr"},
		{"type": "bind", "source": "/srv/tmp", "target": "/tmp", "write": true}]}`},
	{name: "mounts", base: "root", doc: everyMount},
	{name: "mounts-below-foreign", base: "root", doc: belowForeign},
	{name: "mounts-root-dir", base: "root-dir", doc: foreignMounts},
	{name: "mounts-root-dir-overlay", base: "root-dir-overlay", doc: everyMount},
	{name: "masks", base: "root", doc: `{"proc": {"mask": ["/proc/kcore", "/sys/firmware"]}}`},
	{name: "proc", base: "root", doc: `{"proc": {"hidepid": "invisible", "pids_only": true, "read_only": true}}`},
	{name: "proc-off", base: "root", doc: `{"proc": {"off": true}}`},
	{name: "root-unlimited", base: "root", doc: `{"root": {"kind": "empty", "size": "unlimited", "inodes": "unlimited"}}`},
	{name: "layer-unlimited", base: "root", doc: `{"root": {"overlay": {"size": "unlimited", "inodes": "unlimited"}}}`},
	{name: "tmp-unlimited", base: "root", doc: `{"limits": {"tmp": "unlimited", "tmp_inodes": "unlimited"}}`},

	// Identity.
	{name: "user-zero", base: "user", doc: `{"user": {"uid": 0}}`},
	{name: "ranges-root", base: "root", doc: ranges},
	{name: "ranges-user", base: "user", doc: ranges},
	{name: "ranges-user-powers", base: "ranges-user", doc: `{"capabilities": ["SYS_PTRACE"]}`},
	{name: "ranges-capabilities", base: "ranges-root", doc: `{"capabilities": ["NET_ADMIN"]}`},

	// Privileges.
	{name: "capabilities", base: "root", doc: `{"capabilities": ["CHOWN", "CHECKPOINT_RESTORE"]}`},
	{name: "capabilities-net", base: "root", doc: `{"capabilities": ["NET_ADMIN", "NET_BIND_SERVICE"]}`},
	{name: "capabilities-pid-1", base: "as-pid-1-root", doc: `{"capabilities": ["NET_ADMIN"]}`},
	{name: "capabilities-admin", base: "user", doc: `{"capabilities": ["SYS_ADMIN"]}`},
	{name: "new-privileges", base: "root", doc: `{"allow_new_privs": true}`},
	{name: "no-filter", base: "root", with: func(in *input) { in.run.Filter = nil }},
	{name: "filter-asks", base: "root", with: func(in *input) { in.run.Notify = true }},
	{name: "landlock", base: "root", doc: `{"landlock": {"mode": "on"}, "mounts": [
		{"type": "bind", "source": "/srv/out", "target": "/out", "write": true},
		{"type": "overlay", "source": "/srv/low", "target": "/layer"},
		{"type": "tmpfs", "target": "/scratch"}]}`},
	{name: "landlock-abi-1", base: "landlock", with: func(in *input) { in.host.LandlockABI = 1 }},
	{name: "landlock-abi-2", base: "landlock", with: func(in *input) { in.host.LandlockABI = 2 }},
	{name: "landlock-abi-3", base: "landlock", with: func(in *input) { in.host.LandlockABI = 3 }},
	{name: "landlock-abi-4", base: "landlock", with: func(in *input) { in.host.LandlockABI = 4 }},
	{name: "landlock-abi-5", base: "landlock", with: func(in *input) { in.host.LandlockABI = 5 }},
	{name: "landlock-abi-6", base: "landlock", with: func(in *input) { in.host.LandlockABI = 6 }},
	{name: "landlock-writable", base: "root", doc: `{"landlock": {"mode": "on"}, "root": {"kind": "empty", "writable": true}}`},
	{name: "landlock-ports", base: "landlock", doc: `{"landlock": {"mode": "on", "connect_tcp": [80, 443], "bind_tcp": []}, "namespaces": {"net": "host"}}`},
	{name: "landlock-only", base: "user", whole: true, doc: `{"landlock": {"mode": "only"}, "mounts": [
		{"type": "bind", "source": "/srv/in", "target": "/srv/in"},
		{"type": "bind", "source": "/srv/out", "target": "/srv/out", "write": true, "optional": true}]}`},
	{name: "landlock-only-root", base: "root", whole: true, doc: `{"landlock": {"mode": "only"}}`},
	{name: "landlock-dropped", base: "root", doc: `{"landlock": {"mode": "on"}, "allow_drop": ["landlock"]}`,
		with: func(in *input) { in.host.LandlockABI = 0 }},

	// Descriptors that lead to files.
	{name: "files-root", base: "root", with: withFiles},
	{name: "files-user", base: "user", with: withFiles},
	{name: "files-passed", base: "user", with: func(in *input) {
		in.run.Pass = map[int]int{5: 5, 6: 6}
		in.run.Files = map[int]File{5: {unix.S_IFDIR, unix.O_RDONLY}, 6: {unix.S_IFREG, unix.O_RDWR | unix.O_APPEND}}
	}},
	{name: "files-abi-2", base: "files-user", with: func(in *input) { withFiles(in); in.host.LandlockABI = 2 }},
	{name: "files-dir", base: "root-dir", with: withFiles},
	{name: "files-overlay", base: "root-dir-overlay-user", with: withFiles},
	{name: "files-exec", base: "exec-user", with: func(in *input) { withFiles(in); in.join = true }},
	{name: "files-exec-guarded", base: "exec-user", with: func(in *input) { in.run.Guarded, in.join = true, true }},
	{name: "files-landlock", base: "landlock", with: withFiles},
	{name: "files-landlock-only", base: "landlock-only", with: withFiles},

	// Process.
	{name: "terminal", base: "root", doc: `{"terminal": true}`},
	{name: "terminal-shared-mounts", base: "root", doc: `{"terminal": true, "namespaces": {"mount": "host"}}`},
	{name: "descriptors-swapped", base: "root", with: func(in *input) {
		in.run.Stdin, in.run.Stdout, in.run.Stderr = 1, 0, 5
		in.run.Pass = map[int]int{5: 2, 9: 9, 10: 8}
	}},
	{name: "descriptors-passed", base: "user", with: func(in *input) {
		in.run.Stdin, in.run.Stdout, in.run.Stderr = 0, 1, 2
		in.run.Pass = map[int]int{3: 3, 7: 7}
	}},
	{name: "path", base: "user", doc: `{"command": ["./run"], "workdir": "/usr"}`},
	{name: "no-path", base: "user", with: func(in *input) { in.run.Env = nil }},
	{name: "odd-path", base: "user", with: func(in *input) { in.run.Env = []string{"PATH=/a::/b/"} }},
	{name: "long-arguments", base: "user", doc: `{"command": ["/x", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}`},

	// Resources.
	{name: "rlimits-clamped", base: "root", doc: `{"limits": {"stack": "unlimited", "open_files": 9000, "file_size": "1G", "pids": 7,
		"rlimits": {"memlock": 65536, "nice": 1, "core": "unlimited"}}}`,
		with: func(in *input) {
			in.run.HardLimits = map[int64]uint64{unix.RLIMIT_NOFILE: 512, unix.RLIMIT_STACK: 1 << 20, unix.RLIMIT_MEMLOCK: 4096}
		}},
	{name: "scheduling", base: "root", doc: `{"scheduling": {"nice": 19, "affinity": "0-1,9", "core": true}, "no_aslr": true, "umask": "077"}`},
	{name: "cgroup-v1", base: "root", with: func(in *input) { in.run.Cgroup = cgroupV1() }},
	{name: "cgroup-none", base: "root", with: func(in *input) { in.run.Cgroup = Cgroup{} }},
	{name: "cgroup-user", base: "user", with: func(in *input) { in.run.Cgroup = cgroupV2() }},
}

// withFiles gives the program a file to read, another to write, and a device.
func withFiles(in *input) {
	in.run.Files = map[int]File{0: {unix.S_IFREG, unix.O_RDONLY}, 7: {unix.S_IFREG, unix.O_WRONLY}, 2: {unix.S_IFCHR, unix.O_RDWR}}
}

const ranges = `{"user": {"uid": 5, "gid": 6, "groups": [6, 65000],
	"uid_map": [{"inside": 0, "outside": 100000, "count": 65536}],
	"gid_map": [{"inside": 0, "outside": 200000, "count": 65536}]}}`

const everyMount = `{"mounts": [
	{"type": "bind", "source": "/srv/in", "target": "/in"},
	{"type": "bind", "source": "/srv/deep", "target": "/deep/er/in"},
	{"type": "tmpfs", "target": "/scratch", "size": "1M", "inodes": 9, "mode": "0700", "noexec": true},
	{"type": "tmpfs", "target": "/endless", "size": "unlimited", "inodes": "unlimited"},
	{"type": "overlay", "source": "/srv/a:b\\c", "target": "/layer"},
	{"type": "overlay", "source": "/srv/low", "target": "/layer/kept", "upper": "/srv/kept"},
	{"type": "file", "target": "/etc/extra", "data": "x=1\n", "mode": "0600"},
	{"type": "dir", "target": "/made/here"},
	{"type": "symlink", "source": "made", "target": "/link"},
	{"type": "mqueue", "target": "/dev/mqueue"},
	{"type": "sysfs", "target": "/sys"},
	{"type": "file", "target": "/scratch/in/tmpfs", "data": ""}]}`

// withLowerOwner tells who owns a lower directory, on a kernel that maps layers.
func withLowerOwner(in *input) {
	in.host.MappedLayers = true
	in.run.Owners = map[string]Owner{"/srv/low": {0, 0}}
}

// foreignMounts are those that need nothing made in the tree.
const foreignMounts = `{"mounts": [
	{"type": "bind", "source": "/srv/in", "target": "/mnt/in"},
	{"type": "tmpfs", "target": "/mnt/scratch", "size": "1M"},
	{"type": "bind", "source": "/srv/in", "target": "/mnt/scratch/new"},
	{"type": "dir", "target": "/mnt/scratch/dir"},
	{"type": "overlay", "source": "/srv/low", "target": "/mnt/layer"},
	{"type": "dir", "target": "/mnt/layer/new/dir"},
	{"type": "file", "target": "/etc/extra", "data": "x=1\n"},
	{"type": "mqueue", "target": "/mnt/queue"}]}`

// belowForeign has targets inside trees that are shown from the host.
const belowForeign = `{"mounts": [
	{"type": "bind", "source": "/srv/in", "target": "/usr/local/in"},
	{"type": "file", "target": "/usr/share/extra", "data": "y"},
	{"type": "tmpfs", "target": "/bin/x"},
	{"type": "bind", "source": "/srv/in", "target": "/srv/in"},
	{"type": "bind", "source": "/srv/below", "target": "/srv/in/below"}]}`

// inputOf is the input of a golden case, bases first.
func (g *golden) input(decode func(*input, string)) input {
	var in input
	switch g.base {
	case "":
		in = map[string]func() input{"root": asRoot, "user": asUser}[g.name]()
	default:
		in = goldenNamed(g.base).input(decode)
	}
	decode(&in, g.doc)
	if g.with != nil {
		g.with(&in)
	}
	return in
}

func goldenNamed(name string) *golden {
	for i := range goldens {
		if goldens[i].name == name {
			return &goldens[i]
		}
	}
	return nil
}
