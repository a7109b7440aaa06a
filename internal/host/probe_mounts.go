package host

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mountProbes build parts of a file tree as a start does.
func mountProbes() []Probe {
	return []Probe{
		{Name: "mount-api", Area: "mounts", What: "builds the file tree out of sight before the program is in it", Since: "5.2", Needed: true, Inside: true, Ask: mountAPI},
		{Name: "mount-setattr", Area: "mounts", What: "makes whole trees read-only in one step", Since: "5.12", Needed: true, Inside: true, Ask: mountSetattr},
		{Name: "id-mapped-mounts", Area: "mounts", What: "lets root's sandboxes write into a user's directory as that user", Since: "5.12", Ask: idMapped},
		{Name: "pivot-root", Area: "mounts", What: "leaves the host's file tree for good", Needed: true, Inside: true, Ask: pivotRoot, Blame: pivotBlame},
		{Name: "proc", Area: "mounts", What: "shows the program its own processes only", Needed: true, Inside: true, Ask: freshProc, Blame: procBlame},
		{Name: "devpts", Area: "mounts", What: "gives the program terminals of its own", Since: "4.7", Config: "CONFIG_UNIX98_PTYS", Needed: true, Inside: true, Ask: devpts},
		{Name: "devices", Area: "mounts", What: "null, zero, full, random, urandom and tty, which every program may use", Needed: true, Inside: true, Ask: devices, Blame: deviceBlame},
		{Name: "overlay", Area: "mounts", What: "puts a layer that is thrown away over a tree (--overlay)", Since: "5.11", Config: "CONFIG_OVERLAY_FS", Inside: true, Ask: overlay},
		{Name: "hidepid", Area: "mounts", What: "the host's /proc shows the processes that ps and tree tell about", Ask: hidePID},
	}
}

func (t *trial) openTree(path string) *act {
	return t.call("copy the mounts of "+path, unix.SYS_OPEN_TREE, unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
}

// setAttr changes a mount that is not attached; flags as in struct mount_attr.
func (t *trial) setAttr(does string, mount *act, recursive int, set, usernsFD uint64) {
	attr := words(set, 0, 0, usernsFD)
	t.call(does, unix.SYS_MOUNT_SETATTR, mount, "", unix.AT_EMPTY_PATH|recursive, attr, len(attr))
}

func mountAPI(s *System) Answer {
	t := s.insideMounts(0)
	t.tmpfs()
	t.mkdir("usr")
	tree := t.openTree("/usr")
	t.call("attach the copy", unix.SYS_MOVE_MOUNT, tree, "", unix.AT_FDCWD, "usr", unix.MOVE_MOUNT_F_EMPTY_PATH)
	return s.try(t, "works")
}

func mountSetattr(s *System) Answer {
	t := s.insideMounts(0)
	t.setAttr("make the copy read-only", t.openTree("/usr"), unix.AT_RECURSIVE, unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID, 0)
	return s.try(t, "works")
}

// idMapped tries the file systems of the root and of the working directory, by
// the map of a user namespace that a helper has made.
func idMapped(s *System) Answer {
	if !s.Root {
		return yes(fmt.Sprintf("not needed: the program has your own host id, %d", s.UID))
	}
	fd, err := s.usernsFD()
	if err != nil {
		return answer(err, "")
	}
	defer unix.Close(fd)
	list := s.mounts()
	var works, lacks []string
	for _, p := range distinct(list, "/", s.Home) {
		where := p + " (" + holding(list, p).kind + ")"
		if a := s.idMappedAt(p, fd); a.Outcome == Yes {
			works = append(works, where)
		} else if a.Refused == nil || a.Refused.Errno != unix.EINVAL {
			return a
		} else {
			lacks = append(lacks, where)
		}
	}
	if len(lacks) > 0 {
		return partly("not for "+strings.Join(lacks, ", "), "that file system cannot map owners", "bind from another file system, or with the option noown")
	}
	return yes("for " + strings.Join(works, ", "))
}

func (s *System) idMappedAt(p string, usernsFD int) Answer {
	t := s.insideMounts(0)
	mount := t.call("copy the mount of "+p, unix.SYS_OPEN_TREE, unix.AT_FDCWD, p, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	t.setAttr("map the owners in "+p, mount, 0, unix.MOUNT_ATTR_IDMAP, uint64(usernsFD))
	return s.try(t, "works")
}

// usernsFD is a descriptor of a user namespace with a map. A child that shares
// our descriptors leaves it to us.
func (s *System) usernsFD() (int, error) {
	t := &trial{flags: unix.CLONE_FILES | unix.CLONE_NEWUSER}
	t.mapIDs(1000, 0, 1000, 0)
	t.call("open /proc/self/ns/user", unix.SYS_OPENAT, unix.AT_FDCWD, "/proc/self/ns/user", unix.O_RDONLY|unix.O_CLOEXEC)
	fd, err := s.run(t)
	var r *Refusal
	if errors.As(err, &r) && strings.HasPrefix(r.Does, "write ") {
		unix.Close(fd) // the file that it had opened before
	}
	return fd, err
}

// distinct is those of the paths that are on file systems of their own.
func distinct(list []mounted, paths ...string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, p := range paths {
		if m := holding(list, p); p != "" && !seen[m.point] {
			seen[m.point] = true
			kept = append(kept, p)
		}
	}
	return kept
}

func pivotRoot(s *System) Answer {
	t := s.insideMounts(0)
	t.tmpfs()
	t.call("pivot to the new root", unix.SYS_PIVOT_ROOT, ".", ".")
	t.call("detach the old root", unix.SYS_UMOUNT2, ".", unix.MNT_DETACH)
	return s.try(t, "works")
}

// pivotBlame — FACT — always (pivot_root(2)) — the first root file system, that
// of an initramfs, can be neither moved nor unmounted: EINVAL.
func pivotBlame(s *System, r *Refusal) (why, fix string) {
	root, found := lastMount(s.mounts(), "/")
	if r.Errno != unix.EINVAL || found && root.kind != "rootfs" {
		return "", ""
	}
	return "the root is that of an initramfs", "switch to a real one before: mount -t tmpfs none /new && cp -ax / /new && exec switch_root /new /sbin/init"
}

func freshProc(s *System) Answer {
	t := s.insideMounts(unix.CLONE_NEWPID)
	t.call("mount proc", unix.SYS_MOUNT, "proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, 0)
	return s.try(t, "a fresh one can be mounted")
}

// procBlame — FACT — since 4.8 (commit 8654df4e2ac9, mount_too_revealing) — a
// user namespace may mount a fresh /proc only where one is visible already of
// which nothing is covered: else it would uncover what a container hides.
func procBlame(s *System, r *Refusal) (why, fix string) {
	hidden := masks(s.mounts())
	if r.Errno != unix.EPERM || len(hidden) == 0 {
		return "", ""
	}
	around := s.around()
	return "the kernel mounts no fresh /proc that would show more than the present one, of which " + around.text() + " covers " + few(hidden),
		around.unmasked() + "; or run without: --proc off"
}

// few lists the first three.
func few(list []string) string {
	if len(list) > 3 {
		return strings.Join(list[:3], ", ") + " and " + strconv.Itoa(len(list)-3) + " more"
	}
	return strings.Join(list, ", ")
}

// unmasked is how to start the enclosure with a whole /proc.
func (e enclosure) unmasked() string {
	switch e.kind {
	case "docker":
		return "docker run --security-opt systempaths=unconfined"
	case "podman":
		return "podman run --security-opt unmask=ALL"
	case "kubernetes":
		return "in the container: securityContext: {procMount: Unmasked}"
	case "lxc":
		return "on the host: lxc config set NAME security.nesting true"
	}
	return "umount what covers it, before the sandbox around this process is made"
}

// devpts — FACT — since 4.7 (commit eedf265aa003) — every mount of devpts is an instance of its own.
func devpts(s *System) Answer {
	t := s.insideMounts(0)
	t.tmpfs()
	t.mkdir("pts")
	t.call("mount devpts", unix.SYS_MOUNT, "devpts", "pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
	t.call("open a terminal", unix.SYS_OPENAT, unix.AT_FDCWD, "pts/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	return s.try(t, "works")
}

// overlay tries an overlay over /usr whose layers are in memory.
//
// FACT — since 5.11 (overlayfs, userxattr) — a user namespace may mount overlays, whose marks are then user.* attributes.
func overlay(s *System) Answer {
	t := s.insideMounts(0)
	t.tmpfs()
	t.mkdir("upper")
	t.mkdir("work")
	fs := t.call("open an overlay", unix.SYS_FSOPEN, "overlay", unix.FSOPEN_CLOEXEC)
	for _, o := range [...][2]string{{"lowerdir", "/usr"}, {"upperdir", "upper"}, {"workdir", "work"}} {
		t.call("set "+o[0], unix.SYS_FSCONFIG, fs, unix.FSCONFIG_SET_STRING, o[0], o[1], 0)
	}
	if !s.Root {
		t.call("set userxattr", unix.SYS_FSCONFIG, fs, unix.FSCONFIG_SET_FLAG, "userxattr", 0, 0)
	}
	t.call("create the overlay", unix.SYS_FSCONFIG, fs, unix.FSCONFIG_CMD_CREATE, 0, 0, 0)
	t.call("make a mount of the overlay", unix.SYS_FSMOUNT, fs, unix.FSMOUNT_CLOEXEC, unix.MOUNT_ATTR_NOSUID)
	a := s.try(t, "works over /usr")
	if a.Outcome == Yes && !s.Root {
		return s.marksInMemory(a.Found)
	}
	return a
}

// marksInMemory tells whether a layer in memory can hold the marks of a user's overlay.
//
// FACT — since 6.6 (commit 2daf18a7884d) — tmpfs has user.* attributes — below that version a program gets EIO
// for removing or replacing a directory of the lower tree, unless the layer is kept on a disk.
func (s *System) marksInMemory(found string) Answer {
	t := s.insideMounts(0)
	t.tmpfs()
	t.call("set a user attribute in memory", unix.SYS_SETXATTR, ".", "user.bulkhead", "x", 1, 0)
	a := s.try(t, found)
	if a.Refused != nil && a.Refused.Errno == unix.EOPNOTSUPP {
		return partly(found, "a layer in memory cannot note that a directory of the tree below was removed: a program gets EIO for that",
			"keep the layer on a disk, --overlay=DIR, or install Linux 6.6 or newer")
	}
	return a
}

// hidePID looks at the options of the host's /proc.
//
// FACT — since 3.3 (proc(5), hidepid) — 1 or noaccess, 2 or invisible, and since
// 5.8 4 or ptraceable keep the processes of others from whoever may not trace them.
func hidePID(s *System) Answer {
	m, found := lastMount(s.mounts(), "/proc")
	if !found || m.kind != "proc" {
		return no("no proc is mounted on /proc", "the set-up of a sandbox writes to files in it", "sudo mount -t proc proc /proc")
	}
	value, set := m.option("hidepid")
	if !set || value == "0" || value == "off" {
		return yes("all processes are visible in /proc")
	}
	if s.UID == 0 {
		return yes("hidepid=" + value + ", which does not concern root")
	}
	return partly("hidepid="+value, "it hides processes in namespaces of their own from you, so ps and tree may show less", "sudo mount -o remount,hidepid=off /proc")
}
