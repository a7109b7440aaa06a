package host

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// node is a device that every sandbox has.
type node struct {
	name         string
	major, minor uint32
}

// nodes are those of plan's own list; the test compares them.
var nodes = [...]node{{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}}

// devices makes the nodes as a start does: root makes new ones, a user binds
// the host's. Then /dev/null must open.
func devices(s *System) Answer {
	if bad := s.falseDevices(); len(bad) > 0 && !s.Root {
		return no("not what they should be: "+strings.Join(bad, ", "), "a user's sandbox takes the host's own devices, and something else is in their place", makeNodes(bad))
	}
	t := s.insideMounts(0)
	t.tmpfs()
	for _, n := range nodes {
		if s.Root {
			t.call("make the device "+n.name, unix.SYS_MKNODAT, unix.AT_FDCWD, n.name, unix.S_IFCHR|0o666, int(unix.Mkdev(n.major, n.minor)))
			continue
		}
		t.call("make a place for "+n.name, unix.SYS_MKNODAT, unix.AT_FDCWD, n.name, unix.S_IFREG|0o444, 0)
		t.call("bind /dev/"+n.name, unix.SYS_MOUNT, "/dev/"+n.name, n.name, 0, unix.MS_BIND, 0)
	}
	t.call("open null", unix.SYS_OPENAT, unix.AT_FDCWD, "null", unix.O_RDWR|unix.O_CLOEXEC)
	return s.try(t, "all six")
}

// falseDevices are those of the host's nodes that are not the devices of that name.
func (s *System) falseDevices() []string {
	var bad []string
	for _, n := range nodes {
		st, err := s.stat("/dev/" + n.name)
		if err != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR || uint64(st.Rdev) != unix.Mkdev(n.major, n.minor) {
			bad = append(bad, "/dev/"+n.name)
		}
	}
	return bad
}

// makeNodes is the command that makes devices.
func makeNodes(paths []string) string {
	var commands []string
	for _, n := range nodes {
		for _, p := range paths {
			if p == "/dev/"+n.name {
				commands = append(commands, fmt.Sprintf("sudo rm -f %s && sudo mknod -m 666 %s c %d %d", p, p, n.major, n.minor))
			}
		}
	}
	return strings.Join(commands, " && ")
}

// deviceBlame — FACT — since 2.6.26 (cgroup-v1/devices.rst), on v2 since 4.15 by
// BPF — a group of ours may be forbidden to make or open devices: EPERM.
func deviceBlame(s *System, r *Refusal) (why, fix string) {
	switch {
	case r.Errno == unix.EPERM:
		return "the device controller of a container or service around us forbids it", "docker run --device-cgroup-rule 'c 1:* rwm' --device-cgroup-rule 'c 5:0 rwm'; for a systemd unit: DevicePolicy=auto"
	case r.Errno == unix.EACCES && !s.Root:
		return "/dev is mounted with the option nodev", "sudo mount -o remount,dev /dev"
	}
	return "", ""
}
