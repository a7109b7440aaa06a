package host

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// machine is another machine for probes to look at.
type machine struct {
	System
	files  map[string]string
	links  map[string]string
	stats  map[string]unix.Stat_t
	caps   map[string]bool // programs with file capabilities
	vars   map[string]string
	refuse map[string]unix.Errno // by what an act does
	killed string                // what an act does that ends its child
	result map[string]int
	acts   []string // what has been tried
}

// healthy is a user on a machine that can do everything.
func healthy() *machine {
	m := &machine{
		System: System{UID: 1000, GID: 1000, Release: "6.12.1-test", Machine: "x86_64", Home: "/home/u"},
		files: map[string]string{
			"/proc/self/status":          "Seccomp:\t0\nNoNewPrivs:\t0\nCapEff:\t0000000000000000\n",
			"/proc/self/uid_map":         "         0          0 4294967295\n",
			"/proc/self/mountinfo":       "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:2 / /proc rw - proc proc rw\n3 1 8:2 / /home rw - xfs /dev/sda2 rw\n",
			"/proc/pressure/memory":      "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull ...\n",
			"/proc/sys/vm/memfd_noexec":  "0\n",
			"/sys/kernel/security/lsm":   "lockdown,capability,yama,apparmor",
			"/proc/self/attr/current":    "unconfined\n",
			"/etc/passwd":                "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/u:/bin/sh\n",
			"/etc/subuid":                "user:100000:65536\n",
			"/etc/subgid":                "user:100000:65536\n",
			"/proc/1/comm":               "systemd\n",
			"/proc/sys/user/max_x_names": "",
		},
		links:  map[string]string{},
		stats:  map[string]unix.Stat_t{"/usr/bin/newuidmap": {Mode: unix.S_IFREG | unix.S_ISUID | 0o755}, "/usr/bin/newgidmap": {Mode: unix.S_IFREG | unix.S_ISUID | 0o755}},
		caps:   map[string]bool{},
		vars:   map[string]string{"PATH": "/usr/local/bin:/usr/bin"},
		refuse: map[string]unix.Errno{"execute the memfd": unix.ENOEXEC},
		result: map[string]int{"get our number": 1, "ask for Landlock": 6},
	}
	for _, first := range firstNamespaces {
		m.links["/proc/self/ns/"+first.kind] = first.number
	}
	for _, n := range nodes {
		m.stats["/dev/"+n.name] = unix.Stat_t{Mode: unix.S_IFCHR | 0o666, Rdev: unix.Mkdev(n.major, n.minor)}
	}
	m.run, m.read, m.stat, m.link = m.live, m.content, m.look, m.target
	m.xattr = func(name, attr string) bool { return m.caps[name] && attr == "security.capability" }
	m.env = func(name string) string { return m.vars[name] }
	m.config = func() string { return "CONFIG_EVERYTHING=y\n" + allOptions() }
	return m
}

// allOptions is a configuration with everything that probes ask for.
func allOptions() string {
	text := ""
	for _, p := range Probes() {
		if p.Config != "" {
			text += p.Config + "=y\n"
		}
	}
	return text
}

func (m *machine) live(t *trial) (int, error) {
	last := 0
	for _, does := range append([]string{t.creation()}, deeds(t)...) {
		m.acts = append(m.acts, does)
		if does == m.killed {
			return last, &Refusal{Does: does, Signal: unix.SIGSYS}
		}
		if errno := m.refuse[does]; errno != 0 {
			return last, &Refusal{Does: does, Errno: errno}
		}
		last = m.result[does]
	}
	return last, nil
}

func deeds(t *trial) []string {
	var list []string
	for _, a := range t.acts {
		list = append(list, a.does)
	}
	return list
}

func (m *machine) content(name string) (string, error) {
	if text, ok := m.files[name]; ok {
		return text, nil
	}
	return "", fs.ErrNotExist
}

func (m *machine) look(name string) (unix.Stat_t, error) {
	if st, ok := m.stats[name]; ok {
		return st, nil
	}
	return unix.Stat_t{}, fs.ErrNotExist
}

func (m *machine) target(name string) (string, error) {
	if text, ok := m.links[name]; ok {
		return text, nil
	}
	return "", fs.ErrNotExist
}

// asRoot makes the caller root with everything.
func (m *machine) asRoot() {
	m.Root, m.UID, m.GID = true, 0, 0
	m.files["/proc/self/status"] = "Seccomp:\t0\nNoNewPrivs:\t0\nCapEff:\t000001ffffffffff\n"
}

// in puts the caller into a container.
func (m *machine) in(mark string) {
	m.links["/proc/self/ns/pid"] = "pid:[4026532200]"
	m.links["/proc/self/ns/uts"] = "uts:[4026532201]"
	m.stats[mark] = unix.Stat_t{Mode: unix.S_IFREG}
}

// filtered puts a system-call filter on the caller.
func (m *machine) filtered() {
	m.files["/proc/self/status"] = "Seccomp:\t2\nSeccomp_filters:\t1\nNoNewPrivs:\t1\nCapEff:\t0000000000000000\n"
}
