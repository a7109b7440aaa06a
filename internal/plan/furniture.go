package plan

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// furnish adds what a program expects in any root: /proc, /dev, /tmp, a home.
// A mount of the Spec's own at the same place takes precedence.
func (b *builder) furnish() {
	ours := b.tree.nodes["/"] == madeDir
	if ours {
		b.accounts()
	}
	b.proc()
	b.devices()
	if ours {
		b.cgroupView()
		b.links()
	}
	b.scratch("/tmp", "1777")
	if b.tree.nodes["/"] == layered && !b.covered(b.spec.User.Home) {
		b.userDir(&spec.Mount{Type: spec.MountDir, Target: b.spec.User.Home})
		return
	}
	b.scratch(b.spec.User.Home, "0755")
}

// links are the compatibility links of a system root.
func (b *builder) links() {
	for _, l := range [...][2]string{{"/proc/self/mounts", "/etc/mtab"}, {"../tmp", "/var/tmp"}, {"../run", "/var/run"}} {
		if b.tree.trusted(l[1]) && b.tree.nodes[l[1]] == unknown && !b.covered(l[1]) {
			b.link(l[0], l[1])
		}
	}
	b.dir("/run", 0o755)
}

// covered tells whether the Spec itself mounts something at p.
func (b *builder) covered(p string) bool { return covered(b.spec, p) }

func covered(s *spec.Spec, p string) bool {
	for _, m := range s.Mounts {
		if m.Target == p {
			return true
		}
	}
	return false
}

// fixture mounts a kernel file system at a well-known place.
func (b *builder) fixture(fstype, p string, flags uint64, options string) *Step {
	if b.keeps && isFresh(fstype, p) {
		step := b.later(freshMount{fstype, p, flags, options})
		if fstype != "proc" || b.host.Root {
			return step
		}
	}
	if !b.tree.trusted(p) {
		return b.guardedFS(fstype, p, flags, options)
	}
	rel, calls := b.spot(p, true)
	b.tree.nodes[p] = foreign
	if fstype == "tmpfs" {
		b.tree.nodes[p] = madeDir
		b.capped = append(b.capped, p)
	}
	return b.step("mount "+fstype, p, append(calls, mount(fstype, rel, fstype, flags, options))...)
}

// proc mounts the process tree of the new pid namespace, or the host's if that is shared.
func (b *builder) proc() {
	if b.spec.Proc.Off || b.covered("/proc") {
		return
	}
	if b.spec.Namespaces.PID == spec.NamespaceHost {
		b.bind(spec.Mount{Type: spec.MountBind, Source: "/proc", Target: "/proc", Write: true})
		return
	}
	if isJoined(b.spec.Namespaces.PID) {
		b.joinedProc()
		return
	}
	flags := uint64(unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
	if b.spec.Proc.ReadOnly {
		flags |= unix.MS_RDONLY
	}
	b.fixture("proc", "/proc", flags, b.procOptions()).hint(hiddenProc, unix.EPERM)
}

const hiddenProc = "a container around us hides parts of its /proc, and the kernel then refuses a new one to a user namespace: " +
	"unmask the container's /proc, or run with --proc off"

// procOptions are the mount options of /proc.
func (b *builder) procOptions() string {
	var options []string
	if h := b.spec.Proc.HidePID; h != "" && h != "off" {
		options = append(options, "hidepid="+h)
	}
	if b.spec.Proc.PIDsOnly {
		options = append(options, "subset=pid")
	}
	return strings.Join(options, ",")
}

// scratch mounts a private writable directory, capped. In a root that is not
// ours only /tmp is sure to exist, and a writable root needs none.
func (b *builder) scratch(p, mode string) {
	ours := b.tree.nodes["/"] == madeDir
	if p == "/" || b.covered(p) || !ours && (p != "/tmp" || b.spec.Root.Writable || b.spec.Root.Overlay != nil) {
		return
	}
	b.fixture("tmpfs", p, unix.MS_NOSUID|unix.MS_NODEV, b.tmpOptions(mode))
}

func (b *builder) tmpOptions(mode string) string {
	l := b.spec.Limits
	size := "0"
	if l.Tmp > 0 {
		size = strconv.FormatInt(int64(l.Tmp), 10)
	}
	inodes := "0"
	if l.TmpInodes > 0 {
		inodes = strconv.FormatInt(l.TmpInodes, 10)
	}
	return "size=" + size + ",nr_inodes=" + inodes + ",mode=" + mode
}

// node is a device that every program may use.
type node struct {
	name         string
	major, minor int64
}

var nodes = [...]node{{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}}

// devices makes a minimal /dev with terminals and shared memory of its own.
func (b *builder) devices() {
	if b.covered("/dev") {
		return
	}
	if b.tree.nodes["/"] != madeDir {
		b.fixture("tmpfs", "/dev", unix.MS_NOSUID, "size=65536,nr_inodes=64,mode=0755")
	}
	for _, d := range nodes {
		b.device(d)
	}
	for _, l := range [...][2]string{{"/proc/self/fd", "/dev/fd"}, {"/proc/self/fd/0", "/dev/stdin"},
		{"/proc/self/fd/1", "/dev/stdout"}, {"/proc/self/fd/2", "/dev/stderr"}, {"pts/ptmx", "/dev/ptmx"}} {
		b.link(l[0], l[1])
	}
	b.fixture("devpts", "/dev/pts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
	if !b.covered("/dev/shm") {
		b.fixture("tmpfs", "/dev/shm", unix.MS_NOSUID|unix.MS_NODEV, b.tmpOptions("1777"))
	}
	if dev, ok := b.tree.tops["/dev"]; ok && b.keeps {
		b.step("seal", "/dev", setAttr(cell(dev), "", false, unix.MOUNT_ATTR_RDONLY, 0)) // the program owns it
	}
}

// device makes one node; without real root the host's is bound.
//
// FACT — always (mknod(2)) — devices can only be made in the initial user namespace.
func (b *builder) device(d node) {
	p := "/dev/" + d.name
	rel, calls := b.parents(p)
	if b.host.Root {
		calls = append(calls, call("mknodat", cwd, str(rel), num(unix.S_IFCHR|0o666, "S_IFCHR|0666"), n(d.major<<8|d.minor)))
	} else {
		// FACT — always (may_open, sb_permission in fs/namei.c) — a read-only mount keeps mode, owner and times of a device, and not what
		// is written to it — the node is the host's: its owner, such as the root of a container, could change it from inside.
		calls = append(calls, makeFile(rel), mount(p, rel, "", unix.MS_BIND, ""),
			setAttr(cwd, rel, false, unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NOEXEC, 0))
	}
	b.tree.nodes[p] = madeFile
	b.step("make device", p, calls...)
}

// cgroupView shows the program its own limits, read-only, where language
// runtimes look for them.
func (b *builder) cgroupView() {
	if b.keeps {
		return // there it would also see what earlier programs have used
	}
	if b.run.Cgroup.Into == "" || !isNew(b.spec.Namespaces.Cgroup) || b.covered("/sys") || b.covered("/sys/fs/cgroup") {
		return
	}
	b.fixture("cgroup2", "/sys/fs/cgroup", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_RDONLY, "")
}
