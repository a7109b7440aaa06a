package host

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// cases are what is amiss on some machine, and what must be said about it.
var cases = []struct {
	probe, name string
	amiss       func(*machine)
	status      string
	found       string
	why, fix    string
}{
	{"kernel", "old", func(m *machine) { m.Release = "5.10.0-30-amd64" }, StatusMissing, "Linux 5.10.0-30-amd64", "older than 5.15", "5.15 or newer"},
	{"clone3", "Docker's old filter", func(m *machine) { m.in("/.dockerenv"); m.filtered(); m.refuse["clone3"] = unix.ENOSYS },
		StatusMissing, "clone3: function not implemented (ENOSYS)", "filter is on this process, from docker", "--security-opt seccomp=unconfined"},
	{"openat2", "a filter that kills", func(m *machine) { m.filtered(); m.killed = "openat2" },
		StatusLimited, "killed by SIGSYS", "from what started it", "SystemCallFilter="},
	{"memfd", "forbidden", func(m *machine) {
		m.files["/proc/sys/vm/memfd_noexec"] = "2\n"
		m.refuse["make an executable memfd"] = unix.EACCES
	},
		StatusMissing, "EACCES", "vm.memfd_noexec is 2", "sudo sysctl -w vm.memfd_noexec=1"},
	{"memfd", "SELinux", func(m *machine) {
		m.files["/sys/fs/selinux/enforce"] = "1"
		m.refuse["execute the memfd"] = unix.EACCES
	},
		StatusMissing, "execute the memfd", "SELinux is enforcing", "audit2allow"},
	{"seccomp", "below another", func(m *machine) { m.filtered() }, StatusOK, "works, below 1 that", "", ""},
	{"landlock", "off", func(m *machine) { m.refuse["ask for Landlock"] = unix.EOPNOTSUPP },
		StatusLimited, "ENOTSUP", "not switched on", "lsm=landlock,lockdown,capability,yama,apparmor"},
	{"landlock", "off, list unknown", func(m *machine) {
		delete(m.files, "/sys/kernel/security/lsm")
		m.refuse["ask for Landlock"] = unix.EOPNOTSUPP
	},
		StatusLimited, "", "", "/sys/kernel/security/lsm"},
	{"landlock", "first version", func(m *machine) { m.result["ask for Landlock"] = 1 }, StatusLimited, "ABI 1", "for more before ABI 2", "Linux 6.7 or newer; meanwhile give it pipes"},
	{"landlock", "second version", func(m *machine) { m.result["ask for Landlock"] = 2 }, StatusLimited, "ABI 2", "from emptying a file", "meanwhile give it pipes"},
	{"landlock", "third version", func(m *machine) { m.result["ask for Landlock"] = 3 }, StatusLimited, "ABI 3", "TCP ports need ABI 4", "Linux 6.7"},
	{"core-scheduling", "no siblings", func(m *machine) { m.refuse["make a core scheduling group"] = unix.ENODEV },
		StatusLimited, "ENODEV", "no hyperthreads", "nothing"},

	{userns, "Debian's sysctl", func(m *machine) {
		m.files["/proc/sys/kernel/unprivileged_userns_clone"] = "0\n"
		m.refuse["create a user namespace"] = unix.EPERM
	},
		StatusMissing, "create a user namespace: operation not permitted (EPERM)", "kernel.unprivileged_userns_clone is 0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"},
	{userns, "Ubuntu 24.04: clone succeeds, the map fails", func(m *machine) {
		m.files["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1\n"
		m.refuse["write /proc/self/uid_map"] = unix.EPERM
	},
		StatusMissing, "write /proc/self/uid_map", "AppArmor lets only programs with a profile", "/etc/apparmor.d/bulkhead"},
	{userns, "Ubuntu 24.04: the map succeeds, capabilities do not count", func(m *machine) {
		m.files["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1\n"
		m.refuse["set a host name with the new capabilities"] = unix.EPERM
	},
		StatusMissing, "set a host name", "AppArmor", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
	{userns, "switched off", func(m *machine) {
		m.files["/proc/sys/user/max_user_namespaces"] = "0\n"
		m.refuse["create a user namespace"] = unix.ENOSPC
	},
		StatusMissing, "ENOSPC", "user.max_user_namespaces is 0", "sudo sysctl -w user.max_user_namespaces=65536"},
	{userns, "used up", func(m *machine) {
		m.files["/proc/sys/user/max_user_namespaces"] = "50\n"
		m.refuse["create a user namespace"] = unix.ENOSPC
	},
		StatusMissing, "ENOSPC", "all 50 that user.max_user_namespaces allows", "end sandboxes"},
	{userns, "chroot", func(m *machine) {
		m.files["/proc/self/mountinfo"] = "2 1 0:2 / /proc rw - proc proc rw\n"
		m.refuse["create a user namespace"] = unix.EPERM
	},
		StatusMissing, "EPERM", "in a chroot", "pivot_root"},
	{userns, "bulkhead without --nest", func(m *machine) {
		m.in("")
		m.files["/proc/1/comm"] = "bulkhead-init\n"
		m.filtered()
		m.refuse["create a user namespace"] = unix.EPERM
	},
		StatusMissing, "EPERM", "from bulkhead", "bulkhead run --nest"},
	{userns, "an AppArmor profile", func(m *machine) {
		m.files["/proc/self/attr/apparmor/current"] = "snap.code (enforce)\n"
		m.refuse["create a user namespace"] = unix.EACCES
	},
		StatusMissing, "EACCES", "by the profile snap.code", "aa-complain snap.code"},
	{userns, "a profile that only complains is not the cause", func(m *machine) {
		m.files["/proc/self/attr/apparmor/current"] = "snap.code (complain)\n"
		m.refuse["create a user namespace"] = unix.EACCES
	},
		StatusMissing, "EACCES", "unexpected", "report"},
	{userns, "nothing tells how the kernel was built", func(m *machine) {
		m.config = func() string { return "" }
		m.refuse["create a user namespace"] = unix.EINVAL
	},
		StatusMissing, "EINVAL", "perhaps the kernel was built without CONFIG_USER_NS", "zgrep CONFIG_USER_NS= /proc/config.gz"},
	{userns, "which does not explain a refusal for lack of rights", func(m *machine) {
		m.config = func() string { return "" }
		m.refuse["create a user namespace"] = unix.EPERM
	},
		StatusMissing, "EPERM", "unexpected", "report"},
	{"netns", "used up", func(m *machine) {
		m.files["/proc/sys/user/max_net_namespaces"] = "7\n"
		m.refuse["bring loopback up"] = unix.ENOSPC
	},
		StatusMissing, "ENOSPC", "all 7 that user.max_net_namespaces", "user.max_net_namespaces=1000000"},
	{"mountns", "the limit has its own name", func(m *machine) {
		m.files["/proc/sys/user/max_mnt_namespaces"] = "0\n"
		m.refuse["create a user namespace"] = unix.ENOSPC
	},
		StatusMissing, "ENOSPC", "user.max_mnt_namespaces is 0", ""},
	{"pidns", "not really new", func(m *machine) { m.result["get our number"] = 77 }, StatusUnknown, "number 77", "", ""},

	{"pivot-root", "initramfs", func(m *machine) {
		m.files["/proc/self/mountinfo"] = "1 1 0:2 / / rw - rootfs rootfs rw\n"
		m.refuse["pivot to the new root"] = unix.EINVAL
	},
		StatusMissing, "EINVAL", "initramfs", "switch_root"},
	{"proc", "masked by Docker", func(m *machine) {
		m.in("/.dockerenv")
		m.files["/proc/self/mountinfo"] = dockerMounts
		m.refuse["mount proc"] = unix.EPERM
	},
		StatusMissing, "mount proc", "of which docker covers /proc/bus, /proc/acpi, /proc/kcore", "systempaths=unconfined; or run without: --proc off"},
	{"proc", "masked by podman", func(m *machine) {
		m.in("/run/.containerenv")
		m.files["/proc/self/mountinfo"] = dockerMounts
		m.refuse["mount proc"] = unix.EPERM
	},
		StatusMissing, "", "podman covers", "unmask=ALL"},
	{"proc", "masked by something else", func(m *machine) {
		m.in("")
		m.files["/proc/self/mountinfo"] = dockerMounts
		m.refuse["mount proc"] = unix.EPERM
	},
		StatusMissing, "", "a container or sandbox around it covers", "umount"},
	{"devices", "a file in the place of null", func(m *machine) { m.stats["/dev/null"] = unix.Stat_t{Mode: unix.S_IFREG | 0o666} },
		StatusMissing, "/dev/null", "something else is in their place", "sudo mknod -m 666 /dev/null c 1 3"},
	{"devices", "none", func(m *machine) { delete(m.stats, "/dev/tty") }, StatusMissing, "/dev/tty", "", "mknod -m 666 /dev/tty c 5 0"},
	{"devices", "forbidden to root", func(m *machine) { m.asRoot(); m.refuse["make the device null"] = unix.EPERM },
		StatusMissing, "EPERM", "device controller", "--device-cgroup-rule"},
	{"devices", "nodev", func(m *machine) { m.refuse["open null"] = unix.EACCES }, StatusMissing, "open null", "nodev", "remount,dev"},
	{"overlay", "no attributes in memory", func(m *machine) { m.refuse["set a user attribute in memory"] = unix.EOPNOTSUPP },
		StatusLimited, "works over /usr", "EIO", "--overlay=DIR"},
	{"overlay", "no attributes in memory, for root", func(m *machine) { m.asRoot(); m.refuse["set a user attribute in memory"] = unix.EOPNOTSUPP },
		StatusOK, "works over /usr", "", ""},
	{"overlay", "a module", func(m *machine) {
		m.config = func() string { return "CONFIG_OVERLAY_FS=m\n" }
		m.refuse["open an overlay"] = unix.ENODEV
	},
		StatusLimited, "ENODEV", "module", "sudo modprobe overlay"},
	{"mount-api", "AppArmor of Docker", func(m *machine) {
		m.in("/.dockerenv")
		m.files["/proc/self/attr/apparmor/current"] = "docker-default (enforce)\n"
		m.refuse["make mounts private"] = unix.EACCES
	},
		StatusMissing, "make mounts private", "docker-default", "docker run --security-opt apparmor=unconfined"},
	{"id-mapped-mounts", "one of two file systems", func(m *machine) { m.asRoot(); m.refuse["map the owners in /home/u"] = unix.EINVAL },
		StatusLimited, "not for /home/u (xfs)", "cannot map owners", "noown"},
	{"id-mapped-mounts", "no map", func(m *machine) { m.asRoot(); m.refuse["write /proc/self/uid_map"] = unix.EPERM },
		StatusLimited, "write /proc/self/uid_map", "unexpected", ""},
	{"hidepid", "set", func(m *machine) { m.files["/proc/self/mountinfo"] = dockerMounts }, StatusLimited, "hidepid=invisible", "hides processes", "hidepid=off"},
	{"hidepid", "set, for root", func(m *machine) { m.asRoot(); m.files["/proc/self/mountinfo"] = dockerMounts }, StatusOK, "hidepid=invisible", "", ""},
	{"hidepid", "no proc", func(m *machine) { m.files["/proc/self/mountinfo"] = "" }, StatusLimited, "no proc", "", "mount -t proc"},

	{"power", "root of a container", func(m *machine) {
		m.in("/.dockerenv")
		m.UID = 0
		m.files["/proc/self/status"] = "CapEff:\t00000000a80425fb\n"
	},
		StatusLimited, "without CAP_NET_ADMIN, CAP_SYS_ADMIN", "lacks capabilities", "docker run --cap-add NET_ADMIN --cap-add SYS_ADMIN"},
	{"power", "root of a user namespace", func(m *machine) {
		m.UID = 0
		m.files["/proc/self/status"] = "CapEff:\t000001ffffffffff\n"
		m.files["/proc/self/uid_map"] = "         0       1000          1\n"
	},
		StatusLimited, "uid_map 0 1000 1", "none outside", "machine's own root"},
	{"sub-ids", "none", func(m *machine) { m.files["/etc/subuid"] = "other:100000:65536\n" },
		StatusLimited, "/etc/subuid", "", "sudo usermod --add-subuids 165536-231071 --add-subgids 165536-231071 user"},
	{"sub-ids", "no gids", func(m *machine) { delete(m.files, "/etc/subgid") }, StatusLimited, "/etc/subgid", "gids", "usermod"},
	{"sub-ids", "no account", func(m *machine) { m.UID = 4711; delete(m.files, "/etc/subuid"); delete(m.files, "/etc/subgid") },
		StatusLimited, "", "", "echo 4711:100000:65536 | sudo tee -a /etc/subuid /etc/subgid"},
	{"sub-ids", "few", func(m *machine) { m.files["/etc/subgid"] = "user:100000:10\n" }, StatusLimited, "gids 100000-100009", "10 ids are fewer", "usermod"},
	{"sub-ids", "inside a small user namespace", func(m *machine) { m.files["/proc/self/uid_map"] = "0 1000 1\n" }, StatusLimited, "user namespace around: 1", "", "outside"},
	{"newuidmap", "not installed", func(m *machine) { delete(m.stats, "/usr/bin/newgidmap") }, StatusLimited, "newgidmap is not installed", "", "apt-get install uidmap"},
	{"newuidmap", "no rights", func(m *machine) { m.stats["/usr/bin/newuidmap"] = unix.Stat_t{Mode: unix.S_IFREG | 0o755} },
		StatusLimited, "/usr/bin/newuidmap has no rights", "", "sudo chmod u+s /usr/bin/newuidmap"},
	{"newuidmap", "by file capabilities", func(m *machine) {
		m.stats["/usr/bin/newuidmap"] = unix.Stat_t{Mode: unix.S_IFREG | 0o755}
		m.caps["/usr/bin/newuidmap"] = true
	}, StatusOK, "/usr/bin/newuidmap", "", ""},
	{"newuidmap", "no_new_privs", func(m *machine) { m.filtered() }, StatusLimited, "cannot act", "no_new_privs", "NoNewPrivileges=no"},

	{"container", "none, but made from an image", func(m *machine) { m.stats["/.dockerenv"] = unix.Stat_t{} }, StatusOK, "none", "", ""},
	{"container", "Docker", func(m *machine) { m.in("/.dockerenv"); m.filtered() }, StatusOK, "docker, namespaces of its own: pid uts, a system-call filter, no_new_privs", "", ""},
	{"container", "unknown", func(m *machine) { m.in("") }, StatusOK, "of unknown make", "", ""},
	{"security-modules", "confined", func(m *machine) { m.files["/proc/self/attr/apparmor/current"] = "docker-default (enforce)\n" },
		StatusLimited, "apparmor; this process is docker-default (enforce)", "docker-default", "aa-complain"},
	{"security-modules", "SELinux without its list", func(m *machine) {
		delete(m.files, "/sys/kernel/security/lsm")
		m.files["/sys/fs/selinux/enforce"] = "1"
		m.files["/proc/self/attr/current"] = "unconfined_u:unconfined_r:unconfined_t:s0\x00"
	}, StatusOK, "selinux (enforcing); this process is unconfined_u:unconfined_r:unconfined_t:s0", "", ""},
	{"pressure", "off", func(m *machine) { delete(m.files, "/proc/pressure/memory") }, StatusLimited, "cannot be read", "switched off at boot", "psi=1"},
	{"pressure", "old", func(m *machine) {
		delete(m.files, "/proc/pressure/memory")
		m.Release = "4.19.0"
		m.config = func() string { return "" }
	}, StatusLimited, "cannot be read", "older than 4.20", ""},
}

func TestWhatIsAmissIsExplained(t *testing.T) {
	for _, c := range cases {
		t.Run(c.probe+"/"+c.name, func(t *testing.T) {
			m := healthy()
			c.amiss(m)
			p := probe(t, c.probe)
			f := p.finding(&m.System, m.ask(p))
			if f.Status != c.status {
				t.Errorf("status %s, want %s", f.Status, c.status)
			}
			for _, text := range [][2]string{{f.Found, c.found}, {f.Why, c.why}, {f.Fix, c.fix}} {
				if !strings.Contains(text[0], text[1]) {
					t.Errorf("%q does not contain %q", text[0], text[1])
				}
			}
			if c.status == StatusOK && f.Why+f.Fix != "" {
				t.Errorf("nothing is amiss, and yet: %s; %s", f.Why, f.Fix)
			}
		})
	}
}

// Every probe has a case in which something is amiss, or only makes trials, which another test refuses one by one.
func TestEveryProbeHasACase(t *testing.T) {
	covered := map[string]bool{}
	for _, c := range cases {
		covered[c.probe] = true
	}
	for _, p := range Probes() {
		if !covered[p.Name] && len(attempts(p, false)) == 0 {
			t.Errorf("%s has no case", p.Name)
		}
	}
}

// Each kind of enclosure has its own remedies.
func TestEnclosures(t *testing.T) {
	marks := map[string]func(*machine){
		"docker":         func(m *machine) { m.in("/.dockerenv") },
		"podman":         func(m *machine) { m.in("/run/.containerenv") },
		"kubernetes":     func(m *machine) { m.in(""); m.vars["KUBERNETES_SERVICE_HOST"] = "10.0.0.1" },
		"flatpak":        func(m *machine) { m.in("/.flatpak-info") },
		"bubblewrap":     func(m *machine) { m.in(""); m.files["/proc/1/comm"] = "bwrap\n" },
		"bulkhead":       func(m *machine) { m.in(""); m.files["/proc/1/comm"] = "bulkhead-init\n" },
		"systemd-nspawn": func(m *machine) { m.in(""); m.files["/run/systemd/container"] = "systemd-nspawn\n" },
		"lxc":            func(m *machine) { m.in(""); m.vars["container"] = "lxc" },
	}
	for kind, mark := range marks {
		m := healthy()
		mark(m)
		e := m.around()
		if e.kind != kind || e.text() != kind {
			t.Errorf("%s is taken for %q", kind, e.kind)
		}
		unknown := enclosure{foreign: []string{"pid"}}
		if e.opened() == unknown.opened() {
			t.Errorf("%s has no remedy of its own: %s", kind, e.opened())
		}
		for _, fix := range []string{e.opened(), e.unmasked(), e.unconfined("x"), e.empowered([]string{"CAP_MKNOD"})} {
			if fix == "" {
				t.Errorf("%s lacks a remedy", kind)
			}
		}
	}
	if e := healthy().around(); e.enclosed() || e.text() != "what started it" {
		t.Errorf("no container, and yet %+v", e)
	}
}
