package sandbox

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// joined are the existing namespaces that a program enters, held open while it starts.
type joined struct {
	fds    map[string]int
	within int // see plan.Run
	maps   plan.Maps
	open   []int
}

// namespaceKind is a kind of namespace as the Spec and as the kernel name it.
type namespaceKind struct {
	name, file string
	flag       int
	from       *spec.Namespace
}

func namespaceKinds(n *spec.Namespaces) [8]namespaceKind {
	return [...]namespaceKind{
		{"user", "user", unix.CLONE_NEWUSER, &n.User}, {"pid", "pid", unix.CLONE_NEWPID, &n.PID},
		{"mount", "mnt", unix.CLONE_NEWNS, &n.Mount}, {"net", "net", unix.CLONE_NEWNET, &n.Net},
		{"ipc", "ipc", unix.CLONE_NEWIPC, &n.IPC}, {"uts", "uts", unix.CLONE_NEWUTS, &n.UTS},
		{"cgroup", "cgroup", unix.CLONE_NEWCGROUP, &n.Cgroup}, {"time", "time", unix.CLONE_NEWTIME, &n.Time},
	}
}

// joins opens the namespaces that the Spec wants to enter, and looks whether this user can.
func (p *prepared) joins() error {
	for _, k := range namespaceKinds(&p.spec.Namespaces) {
		if k.from.IsNew() || *k.from == spec.NamespaceHost {
			continue
		}
		if err := p.joined.add(k); err != nil {
			return err
		}
	}
	return nil
}

// joinError says why a namespace is not entered.
func (k *namespaceKind) joinError(err error, hint string) error {
	return &Error{Kind: HostLacks, Op: "join", Object: k.name + " namespace " + string(*k.from), Err: err, Hint: hint}
}

// keep has a descriptor closed with the others.
func (j *joined) keep(fd int) int {
	j.open = append(j.open, fd)
	return fd
}

func (j *joined) close() {
	for _, fd := range j.open {
		unix.Close(fd)
	}
	j.open = nil
}

// add opens one namespace and checks it.
func (j *joined) add(k namespaceKind) error {
	fd, err := k.find()
	if err != nil {
		return err
	}
	fd, err = high(j.keep(fd))
	if err != nil {
		return k.joinError(err, descriptorHint(err))
	}
	j.keep(fd)
	if err := k.check(fd); err != nil {
		return err
	}
	if k.name == "user" {
		if j.maps, err = k.readMaps(fd); err != nil {
			return err
		}
	}
	if j.fds == nil {
		j.fds = map[string]int{}
	}
	j.fds[k.name] = fd
	if host.Facts().Root {
		return nil
	}
	return j.live(k, fd)
}

// high copies a descriptor out of the way of the low numbers that a program's own are given.
func high(fd int) (int, error) {
	return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 64)
}

// find opens the namespace.
func (k *namespaceKind) find() (int, error) {
	switch how, what := k.from.Kind(); how {
	case "fd":
		n, _ := strconv.Atoi(what) // validated
		fd, err := unix.FcntlInt(uintptr(n), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return -1, k.joinError(err, "the caller has no such descriptor open: open the namespace on it, as in "+what+"</proc/PID/ns/"+k.file)
		}
		return fd, nil
	case "netns":
		return k.openPath("/run/netns/"+what, "'ip netns list' shows the names")
	case "sandbox":
		return k.ofSandbox(what)
	default:
		return k.openPath(what, "name one such as /proc/PID/ns/"+k.file+", or sandbox:NAME")
	}
}

func (k *namespaceKind) openPath(path, missing string) (int, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	switch err {
	case nil:
		return fd, nil
	case unix.EACCES, unix.EPERM:
		return -1, k.joinError(err, "it is that of a process of "+ownerOf(path)+", which this user may not look at: run as root, or join that of a running sandbox of your own: "+k.name+"=sandbox:NAME")
	}
	return -1, k.joinError(err, missing)
}

// ownerOf is whose process a path below /proc is about.
func ownerOf(path string) string {
	rest, ok := strings.CutPrefix(path, "/proc/")
	pid, _, _ := strings.Cut(rest, "/")
	var st unix.Stat_t
	if !ok || unix.Stat("/proc/"+pid, &st) != nil {
		return "another user"
	}
	return "uid " + strconv.FormatUint(uint64(st.Uid), 10)
}

// ofSandbox opens a namespace of a running sandbox's program.
func (k *namespaceKind) ofSandbox(name string) (int, error) {
	b, err := Open(name)
	if err != nil {
		return -1, err
	}
	defer b.Close()
	if err := k.sharedBy(b); err != nil {
		return -1, err
	}
	pid, err := b.programPID()
	if err != nil {
		return -1, err
	}
	fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/%s", pid, k.file), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if !b.runs() { // then the number may be another's
		if err == nil {
			unix.Close(fd)
		}
		return -1, k.joinError(errors.New("the sandbox has ended"), "'bulkhead ps' lists those that run")
	}
	if err != nil {
		return -1, k.joinError(err, "only the user who started a sandbox, or root, can join it")
	}
	if k.name == "user" {
		return k.programs(fd)
	}
	return fd, nil
}

// sharedBy refuses namespaces that the other sandbox has from the host, and whatever lies within its program's reach.
func (k *namespaceKind) sharedBy(b *Sandbox) error {
	for _, theirs := range namespaceKinds(&b.spec.Namespaces) {
		if theirs.name == k.name && *theirs.from == spec.NamespaceHost {
			return k.joinError(errors.New("that sandbox shares the host's"), "to share it too, write --share "+k.name)
		}
	}
	if !host.Facts().Root && len(b.spec.User.UIDMap) > 0 {
		return k.joinError(errors.New("that sandbox has ranges of ids, and its program is in the user namespace that this one would be built in"), "join as root, or start that sandbox without id maps")
	}
	return nil
}

// runs tells whether the sandbox's process 1 lives, as of now.
func (b *Sandbox) runs() bool { return !b.proc.WaitHere(0) }

// kindName is what a namespace is, by its flag.
func kindName(flag int) string {
	for _, k := range namespaceKinds(&spec.Namespaces{}) {
		if k.flag == flag {
			return k.name
		}
	}
	return "unknown"
}

// check holds what was opened to be a namespace of the kind.
func (k *namespaceKind) check(fd int) error {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil || st.Type != unix.NSFS_MAGIC {
		return k.joinError(why("it is not a namespace", unix.EINVAL), "name one such as /proc/PID/ns/"+k.file+", or sandbox:NAME")
	}
	flag, err := unix.IoctlRetInt(fd, nsGetType)
	if err != nil || flag != k.flag {
		return k.joinError(why("it is a "+kindName(flag)+" namespace", unix.EINVAL), "the file to join is the one called "+k.file)
	}
	if k.name != "user" {
		return nil
	}
	own, err := ownUser()
	if err != nil {
		return k.joinError(err, "bulkhead needs a mounted /proc")
	}
	defer unix.Close(own)
	if same(own, fd) {
		return k.joinError(errors.New("it is the caller's own"), "--share user keeps the program in it")
	}
	return nil
}
