package sandbox

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// FACT — since 4.9 and 4.11 (ioctl_ns(2)) — these find the user namespace that owns a
// namespace, the one around a user namespace, the kind, and the user who made one.
const (
	nsGetOwner    = 0xb701 // NS_GET_USERNS
	nsGetParent   = 0xb702 // NS_GET_PARENT
	nsGetType     = 0xb703 // NS_GET_NSTYPE
	nsGetOwnerUID = 0xb704 // NS_GET_OWNER_UID
)

func ownUser() (int, error) {
	return unix.Open("/proc/self/ns/user", unix.O_RDONLY|unix.O_CLOEXEC, 0)
}

// same tells whether two descriptors are of one namespace; namespaces(7).
func same(a, b int) bool {
	var x, y unix.Stat_t
	return unix.Fstat(a, &x) == nil && unix.Fstat(b, &y) == nil && x.Dev == y.Dev && x.Ino == y.Ino
}

// lineage lists the user namespaces from fd, which it takes, up to the one below our
// own. It is nil when fd is our own, and an error when ours is not around it.
func lineage(fd int) (line []int, err error) {
	own, err := ownUser()
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	defer unix.Close(own)
	for err == nil && !same(fd, own) {
		line = append(line, fd)
		fd, err = unix.IoctlRetInt(fd, nsGetParent)
	}
	if err != nil {
		closeAll(line)
		return nil, err
	}
	unix.Close(fd)
	return line, nil
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}

// live finds the user namespace to build in, for a caller who has no power over
// namespaces but in user namespaces of their own: the outermost around fd. In that of
// a sandbox there is nobody but its init, and all programs are further inside. In
// others somebody may be root, and would have power over the builder, whose memory is ours.
func (j *joined) live(k namespaceKind, fd int) error {
	const outside = "it belongs to a user namespace that is not within this user's"
	remedy := "run as root, or join that of a running sandbox of your own: " + k.name + "=sandbox:NAME"
	owner, err := unix.IoctlRetInt(fd, nsGetOwner)
	if err != nil {
		return k.joinError(why(outside, unix.EPERM), remedy)
	}
	line, err := lineage(owner)
	if err != nil {
		return k.joinError(why(outside, unix.EPERM), remedy)
	}
	if len(line) == 0 && k.name == "user" {
		return k.joinError(why("around it is only the host's, in which this user can build nothing", unix.EPERM), remedy)
	}
	if len(line) == 0 {
		return k.joinError(why("it belongs to the host, that is to root", unix.EPERM), remedy)
	}
	defer closeAll(line)
	top := line[len(line)-1]
	uid, err := unix.IoctlGetUint32(top, nsGetOwnerUID)
	switch how, _ := k.from.Kind(); {
	case err != nil:
		return k.joinError(err, remedy)
	case int(uid) != os.Geteuid():
		return k.joinError(why("it belongs to uid "+strconv.FormatUint(uint64(uid), 10), unix.EPERM), remedy)
	case how != "sandbox":
		return k.joinError(why("whoever is root in the user namespace that owns it would have power over this sandbox while it is built", unix.EPERM), remedy)
	case j.within != 0 && !same(j.within, top):
		return k.joinError(errors.New("it belongs to another sandbox than what is joined besides, and a process can be in one of their user namespaces only"), "join namespaces of one sandbox, or run as root")
	}
	if j.within, err = high(top); err != nil {
		return k.joinError(err, descriptorHint(err))
	}
	j.keep(j.within)
	return nil
}

// programs is the user namespace that bulkhead put a sandbox's program into: the
// program itself may have gone into others below, if it may nest. It takes fd.
func (k *namespaceKind) programs(fd int) (int, error) {
	line, err := lineage(fd)
	depth := 1 // root's: directly below
	if !host.Facts().Root {
		depth = 2 // below the builder's
	}
	if err != nil || len(line) < depth {
		closeAll(line)
		return -1, k.joinError(errors.New("that sandbox was started in another user namespace than this one is"), "start both from the same place")
	}
	found := line[len(line)-depth]
	for _, other := range line {
		if other != found {
			unix.Close(other)
		}
	}
	return found, nil
}

// readMaps reads the id maps of a user namespace, in our ids: those of a process that is in it.
func (k *namespaceKind) readMaps(fd int) (m plan.Maps, err error) {
	processes, err := os.ReadDir("/proc")
	if err != nil {
		return m, k.joinError(plain(err), "bulkhead needs a mounted /proc")
	}
	for _, p := range processes {
		if p.Name()[0] < '0' || p.Name()[0] > '9' || !inUser(p.Name(), fd) {
			continue
		}
		m.UID, err = readMap("/proc/" + p.Name() + "/uid_map")
		if err == nil {
			m.GID, err = readMap("/proc/" + p.Name() + "/gid_map")
		}
		if err == nil && inUser(p.Name(), fd) { // else it has ended meanwhile
			return m, nil
		}
	}
	return m, k.joinError(errors.New("no process is in it that would tell which ids it maps"), "join it while one is")
}

// inUser tells whether a process is in a user namespace.
func inUser(pid string, ns int) bool {
	fd, err := unix.Open("/proc/"+pid+"/ns/user", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return same(fd, ns)
}

// readMap reads one map; user_namespaces(7).
func readMap(path string) (maps []spec.IDMap, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var n [3]uint32
	for line := range strings.Lines(string(text)) {
		for i, field := range strings.Fields(line) {
			v, err := strconv.ParseUint(field, 10, 32)
			if err != nil || i >= len(n) {
				return nil, errors.New("an id map of an unknown form: " + line)
			}
			n[i] = uint32(v)
		}
		maps = append(maps, spec.IDMap{Inside: n[0], Outside: n[1], Count: n[2]})
	}
	return maps, nil
}
