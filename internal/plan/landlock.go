package plan

import (
	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// Rights of Landlock; landlock(7). Each kernel version that added some has a line in landlockRights.
const (
	llExecute   = unix.LANDLOCK_ACCESS_FS_EXECUTE
	llWriteFile = unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	llReadFile  = unix.LANDLOCK_ACCESS_FS_READ_FILE
	llReadDir   = unix.LANDLOCK_ACCESS_FS_READ_DIR
	llIoctlDev  = unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	llRead      = llExecute | llReadFile | llReadDir
	llFile      = llExecute | llReadFile | llWriteFile | unix.LANDLOCK_ACCESS_FS_TRUNCATE | llIoctlDev
)

// landlockRights is every right that an ABI knows.
//
// FACT — landlock(7) — ABI 1 since 5.13, 2 since 5.19 (refer), 3 since 6.2
// (truncate), 4 since 6.7 (TCP), 5 since 6.10 (ioctl on devices), 6 since 6.12 (scopes).
func landlockRights(abi int) uint64 {
	rights := uint64(unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1)
	for _, later := range [...]struct {
		abi   int
		right uint64
	}{{2, unix.LANDLOCK_ACCESS_FS_REFER}, {3, unix.LANDLOCK_ACCESS_FS_TRUNCATE}, {5, llIoctlDev}} {
		if abi >= later.abi {
			rights |= later.right
		}
	}
	return rights
}

// onlyLandlock leaves all namespaces alone where Landlock is the only wall.
func (b *builder) onlyLandlock() {
	if b.spec.Landlock.Mode != "only" {
		return
	}
	own := b.spec.Clone()
	const host = spec.NamespaceHost
	own.Namespaces = spec.Namespaces{User: host, PID: host, Mount: host, Net: host, IPC: host, UTS: host, Cgroup: host, Time: host}
	b.spec = &own
}

// landlock builds the second wall: the same view as the mounts, enforced by
// another part of the kernel. In mode "only" it is the first. Without it the
// program may still need to be kept from opening its own descriptors anew.
func (b *builder) landlock() {
	switch {
	case b.wantsLandlock():
		b.restrict(b.landlockRules(), b.landlockNet(), b.landlockScope())
	case b.keepsFiles():
		b.plan.Guarded = true
		b.restrict(b.treeRules(), 0, 0)
	}
}

// restrict puts the program under a ruleset.
func (b *builder) restrict(rules []beneath, net, scoped uint64) {
	ruleset := b.ruleset(rules, net, scoped)
	b.allowFiles(ruleset, landlockRights(b.host.LandlockABI))
	b.step("restrict", "the program by Landlock", call("landlock_restrict_self", cell(ruleset), n(0)), closeFD(ruleset)).
		hint("at most 16 rulesets can be stacked", unix.E2BIG)
}

// ruleset makes one that allows all but the program's descriptors.
func (b *builder) ruleset(rules []beneath, net, scoped uint64) Cell {
	ruleset, fs := b.cell(), landlockRights(b.host.LandlockABI)
	b.step("make", "a Landlock ruleset", call("landlock_create_ruleset", data(words(fs, net, scoped), "{fs, net, scope}"),
		n(b.landlockAttrSize()), n(0)).into(ruleset))
	for _, r := range rules {
		b.allowBeneath(ruleset, r.path, r.rights&fs, r.optional)
	}
	b.allowPorts(ruleset, b.spec.Landlock.ConnectTCP, unix.LANDLOCK_ACCESS_NET_CONNECT_TCP)
	b.allowPorts(ruleset, b.spec.Landlock.BindTCP, unix.LANDLOCK_ACCESS_NET_BIND_TCP)
	return ruleset
}

func (b *builder) wantsLandlock() bool {
	mode := b.spec.Landlock.Mode
	if mode == "" || mode == "off" {
		return false
	}
	if b.host.LandlockABI > 0 {
		return true
	}
	const why, remedy = "this kernel has no Landlock, or it is not switched on", "boot with lsm=landlock,... (see /sys/kernel/security/lsm), Linux 5.13 or newer"
	if mode == "on" && b.spec.MayDrop(spec.ProtectionLandlock) {
		b.plan.Dropped = append(b.plan.Dropped, spec.Dropped{Protection: spec.ProtectionLandlock, Reason: why, Hint: remedy})
	} else {
		b.fail("landlock", why, remedy)
	}
	return false
}

// landlockAttrSize is how much of struct landlock_ruleset_attr the kernel knows.
func (b *builder) landlockAttrSize() int64 {
	switch {
	case b.host.LandlockABI >= 6:
		return 24
	case b.host.LandlockABI >= 4:
		return 16
	}
	return 8
}

// landlockNet is which TCP operations are restricted to the ports listed.
func (b *builder) landlockNet() uint64 {
	l := &b.spec.Landlock
	var net uint64
	if l.ConnectTCP != nil {
		net |= unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if l.BindTCP != nil {
		net |= unix.LANDLOCK_ACCESS_NET_BIND_TCP
	}
	if net != 0 && b.host.LandlockABI < 4 {
		b.fail("landlock ports", "this kernel's Landlock knows no network rules", "Linux 6.7 or newer; or use --net none")
		return 0
	}
	return net
}

// landlockScope keeps the program from reaching out through what it shares with the host.
func (b *builder) landlockScope() uint64 {
	var scope uint64
	if b.host.LandlockABI < 6 {
		return 0
	}
	if !isNew(b.spec.Namespaces.Net) {
		scope |= unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	}
	if !isNew(b.spec.Namespaces.PID) {
		scope |= unix.LANDLOCK_SCOPE_SIGNAL
	}
	return scope
}

// beneath is what is allowed below a path.
type beneath struct {
	path     string
	rights   uint64
	optional bool
}

// llRuleNetPort is LANDLOCK_RULE_NET_PORT of linux/landlock.h, which x/sys lacks.
const llRuleNetPort = 2

const everything = 1<<64 - 1

// landlockRules allow what the mounts allow.
func (b *builder) landlockRules() []beneath {
	if b.spec.Landlock.Mode == "only" {
		return b.hostRules()
	}
	rules := []beneath{{"/", llRead, false}, {"/dev", llRead | llWriteFile | llIoctlDev, true}, {"/proc", llRead | llWriteFile, true}}
	if b.spec.Root.Writable || b.spec.Root.Overlay != nil {
		rules[0].rights = everything
	}
	for _, p := range b.capped {
		rules = append(rules, beneath{p, everything, true})
	}
	for i := range b.spec.Mounts {
		switch m := &b.spec.Mounts[i]; {
		case m.Write || m.Type == spec.MountOverlay:
			rules = append(rules, beneath{m.Target, everything, m.Optional})
		case m.Dev: // no mount makes a device read-only
			rules = append(rules, beneath{m.Target, llRead | llWriteFile | llIoctlDev, m.Optional})
		}
	}
	return rules
}

// hostRules allow the default view in the host's own tree.
func (b *builder) hostRules() []beneath {
	rules := make([]beneath, 0, len(b.host.Entries)+len(b.spec.Mounts)+len(nodes)+1)
	for _, e := range b.host.Entries {
		rules = append(rules, beneath{e.Path, llRead, true})
	}
	for _, d := range nodes {
		rules = append(rules, beneath{"/dev/" + d.name, llFile, true})
	}
	rules = append(rules, beneath{"/proc", llRead | llWriteFile, true})
	for i := range b.spec.Mounts {
		m := &b.spec.Mounts[i]
		rights := uint64(llRead)
		if m.Write {
			rights = everything
		}
		if m.Type != spec.MountBind || m.Source != m.Target {
			b.fail("mount "+m.Target, "with Landlock as the only wall nothing can be mounted", "bind directories onto themselves only: they are allowed where they are")
			continue
		}
		rules = append(rules, beneath{m.Target, rights, m.Optional})
	}
	return rules
}

// allowBeneath adds a rule. A file cannot have rights of directories, and what
// the path is shows only when the kernel refuses: then the file's rights are tried.
func (b *builder) allowBeneath(ruleset Cell, path string, rights uint64, optional bool) {
	rule := func(rights uint64) (opened, added Call) {
		fd := b.cell()
		return open(cwd, path, unix.O_PATH, "O_PATH|O_CLOEXEC").into(fd),
			call("landlock_add_rule", cell(ruleset), num(unix.LANDLOCK_RULE_PATH_BENEATH, "LANDLOCK_RULE_PATH_BENEATH"),
				data(words(rights, 0), "{rights, "+fd.String()+"}", at(8, cell(fd))), n(0))
	}
	opened, asDir := rule(rights)
	if optional {
		opened = opened.unless(unix.ENOENT)
	}
	asDir = asDir.allow(unix.EINVAL)
	asDir.Done = true
	again, asFile := rule(rights & llFile)
	b.step("allow", path, opened, asDir, again, asFile)
}

// allowPorts allows TCP ports; landlock(7), LANDLOCK_RULE_NET_PORT.
func (b *builder) allowPorts(ruleset Cell, ports []uint16, right uint64) {
	for _, p := range ports {
		b.step("allow", "TCP port "+itoa(int(p)), call("landlock_add_rule", cell(ruleset),
			num(llRuleNetPort, "LANDLOCK_RULE_NET_PORT"), data(words(right, uint64(p)), "{right, port}"), n(0)))
	}
}
