package host

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// namespaceProbes make a namespace of each kind and use it as a start does.
func namespaceProbes() []Probe {
	kind := func(name, what, since, config string, ask func(*System) Answer) Probe {
		limit := "user.max_" + name + "_namespaces"
		if name == "mount" {
			limit = "user.max_mnt_namespaces"
		}
		return Probe{Name: name + "ns", Area: "namespaces", What: what, Since: since, Config: config, Needed: true, Inside: true, Ask: ask,
			Blame: func(s *System, r *Refusal) (string, string) { return s.usedUp(limit, r) }}
	}
	return []Probe{
		{Name: userns, Area: "namespaces", What: "gives the program an identity of its own, and a user the power to build a sandbox",
			Since: "3.8", Config: "CONFIG_USER_NS", Needed: true, Ask: userNamespace, Blame: userBlame},
		kind("pid", "a process tree of its own", "2.6.24", "CONFIG_PID_NS", pidNamespace),
		kind("mount", "a file tree of its own", "2.4.19", "CONFIG_NAMESPACES", mountNamespace),
		kind("net", "a network of its own", "2.6.29", "CONFIG_NET_NS", netNamespace),
		kind("ipc", "message queues and shared memory of its own", "2.6.19", "CONFIG_IPC_NS", ipcNamespace),
		kind("uts", "a host name of its own", "2.6.19", "CONFIG_UTS_NS", utsNamespace),
		kind("cgroup", "a view of the cgroups that begins at its own", "4.6", "CONFIG_CGROUPS", cgroupNamespace),
		kind("time", "clocks of its own", "5.6", "CONFIG_TIME_NS", timeNamespace),
	}
}

// stranger is a host id without account, as root's sandboxes have.
const stranger = 0x70000000

// userNamespace makes the program's user namespace as a start does: root's
// builder as somebody without an account, a user's as root of a first one.
func userNamespace(s *System) Answer {
	t := s.inside(unix.CLONE_NEWUTS)
	t.call("set a host name with the new capabilities", unix.SYS_SETHOSTNAME, "doctor", 6)
	outer := uint32(0)
	if s.Root {
		t.becomeStranger()
		outer = stranger
	}
	t.call("create a user namespace", unix.SYS_UNSHARE, unix.CLONE_NEWUSER)
	t.mapIDs(1000, outer, 1000, outer)
	return s.try(t, "made, mapped and used")
}

// becomeStranger gives up root's ids and keeps its capabilities; capabilities(7), SECBIT_NO_SETUID_FIXUP.
func (t *trial) becomeStranger() {
	t.call("set securebits", unix.SYS_PRCTL, unix.PR_SET_SECUREBITS, 1<<2)
	t.call("drop groups", unix.SYS_SETGROUPS, 0, 0)
	t.call("change gid", unix.SYS_SETRESGID, stranger, stranger, stranger)
	t.call("change uid", unix.SYS_SETRESUID, stranger, stranger, stranger)
}

// userBlame knows the many ways to forbid user namespaces.
//
// FACT — since 3.9 (user_namespaces(7)) — EPERM also means that the caller is
// in a chroot: its root is not that of its mount namespace.
func userBlame(s *System, r *Refusal) (why, fix string) {
	forbidden := r.Errno == unix.EPERM || r.Errno == unix.EACCES
	switch {
	case r.Errno == unix.ENOSPC:
		return s.usedUp("user.max_user_namespaces", r)
	case forbidden && s.sysctl("kernel.unprivileged_userns_clone") == "0" && !s.Root:
		return "kernel.unprivileged_userns_clone is 0: only root may make user namespaces", persist("kernel.unprivileged_userns_clone", "1")
	case forbidden && s.sysctl("kernel.apparmor_restrict_unprivileged_userns") == "1" && !s.Root:
		return "AppArmor lets only programs with a profile use user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1)", profileFor(executable())
	case r.Errno == unix.EPERM && s.chrooted():
		return "this process is in a chroot, where the kernel makes no user namespaces", "enter the directory by pivot_root (unshare --mount, systemd-nspawn) instead of chroot"
	}
	return "", ""
}

// usedUp blames the limit on a kind of namespace.
//
// FACT — since 4.9 (namespaces(7), clone(2)) — /proc/sys/user limits each kind, for
// each user namespace and those below; beyond it ENOSPC, as beyond 32 levels of user or pid namespaces.
func (s *System) usedUp(limit string, r *Refusal) (why, fix string) {
	if r.Errno != unix.ENOSPC {
		return "", ""
	}
	value := s.sysctl(limit)
	if value == "0" {
		return limit + " is 0: they are switched off", persist(limit, "65536")
	}
	return "all " + value + " that " + limit + " allows are in use here or further out, or namespaces are nested 32 deep", persist(limit, "1000000") + ", or end sandboxes that run"
}

// profileFor is the command that gives a program the AppArmor profile by which it may use user namespaces.
func profileFor(program string) string {
	return fmt.Sprintf(`printf 'abi <abi/4.0>,\ninclude <tunables/global>\nprofile bulkhead "%s" flags=(unconfined) {\n  userns,\n}\n' | `+
		`sudo tee /etc/apparmor.d/bulkhead && sudo apparmor_parser -r /etc/apparmor.d/bulkhead; or, for every program: `+
		`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, program)
}

func executable() string {
	if name, err := os.Executable(); err == nil {
		return name
	}
	return "/usr/local/bin/bulkhead"
}

// chrooted tells whether our root is not the root of our mount namespace: then
// mountinfo, which lists only what is below it, has no mount at "/".
func (s *System) chrooted() bool {
	text, err := s.read("/proc/self/mountinfo")
	if err != nil {
		return false
	}
	_, found := lastMount(parseMounts(text), "/")
	return !found
}

func pidNamespace(s *System) Answer {
	t := s.inside(unix.CLONE_NEWPID)
	t.call("get our number", unix.SYS_GETPID)
	pid, err := s.run(t)
	if err == nil && pid != 1 {
		return unclear(fmt.Sprintf("its first process has number %d", pid))
	}
	return answer(err, "works")
}

func mountNamespace(s *System) Answer { return s.try(s.insideMounts(0), "works") }

func netNamespace(s *System) Answer {
	ifreq := make([]byte, 40)
	copy(ifreq, "lo")
	ifreq[16] = unix.IFF_UP
	t := s.inside(unix.CLONE_NEWNET)
	sock := t.call("open a socket", unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	t.call("bring loopback up", unix.SYS_IOCTL, sock, unix.SIOCSIFFLAGS, ifreq)
	return s.try(t, "works")
}

func ipcNamespace(s *System) Answer {
	t := s.inside(unix.CLONE_NEWIPC)
	t.call("make a message queue", unix.SYS_MSGGET, 0, 0o600)
	return s.try(t, "works")
}

func utsNamespace(s *System) Answer {
	t := s.inside(unix.CLONE_NEWUTS)
	t.call("set the host name", unix.SYS_SETHOSTNAME, "doctor", 6)
	return s.try(t, "works")
}

func cgroupNamespace(s *System) Answer {
	t := s.inside(0)
	t.call("create a cgroup namespace", unix.SYS_UNSHARE, unix.CLONE_NEWCGROUP)
	return s.try(t, "works")
}

func timeNamespace(s *System) Answer {
	t := s.inside(0)
	t.call("create a time namespace", unix.SYS_UNSHARE, unix.CLONE_NEWTIME)
	t.write("/proc/self/timens_offsets", "monotonic 1000 0\n")
	return s.try(t, "works")
}
