package plan

import (
	"math/bits"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// Securebits; capabilities(7).
const (
	secbitNoSetuidFixup = 1 << 2
	// NOROOT, NO_SETUID_FIXUP, NO_CAP_AMBIENT_RAISE set and locked, KEEP_CAPS locked off.
	secbitsLocked = 0b11101111
)

// privileges gives up every right that the Spec does not grant.
//
// FACT — since 2.6.25 (capabilities(7)) — what is not in the bounding set can
// never be gained by exec; with SECBIT_NOROOT exec gives uid 0 nothing either.
// So the exec itself empties the permitted set, and until then nobody with fewer
// capabilities can trace this process, whose memory is still the launcher's.
func (b *builder) privileges() {
	if b.hostUser() && !b.host.Root {
		b.noNewPrivs() // there is nothing else to give up
		return
	}
	keep := b.kept()
	drop := make([]Call, 0, b.host.LastCap+1)
	for c := 0; c <= b.host.LastCap; c++ {
		if keep&(1<<c) == 0 {
			drop = append(drop, call("prctl", num(unix.PR_CAPBSET_DROP, "PR_CAPBSET_DROP"), n(int64(c))))
		}
	}
	if len(drop) > 0 {
		b.step("empty", "the capability bounding set", drop...)
	}
	if keep != 0 {
		b.keepCapabilities(keep)
	}
	if !b.spec.AllowNewPrivs {
		b.step("lock", "securebits", call("prctl", num(unix.PR_SET_SECUREBITS, "PR_SET_SECUREBITS"), num(secbitsLocked, "SECBIT_NOROOT|SECBIT_NO_SETUID_FIXUP|SECBIT_NO_CAP_AMBIENT_RAISE|..._LOCKED")))
		b.noNewPrivs()
	}
}

// noNewPrivs makes exec give nothing that the process does not have.
//
// FACT — since 3.5 (prctl(2), PR_SET_NO_NEW_PRIVS) — seccomp and Landlock need it, without CAP_SYS_ADMIN.
func (b *builder) noNewPrivs() {
	b.step("set", "no_new_privs", call("prctl", num(unix.PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"), n(1)))
}

// kept is the set of capabilities that the Spec grants.
func (b *builder) kept() uint64 {
	var set uint64
	for _, c := range b.spec.Capabilities {
		if number, ok := c.Number(); ok {
			set |= 1 << number
		}
	}
	return set
}

// keepCapabilities makes the granted ones survive the exec, which drops all others.
//
// FACT — since 4.3 (capabilities(7), ambient set) — an ambient capability has to
// be inheritable and permitted, and passes exec without a file's blessing.
func (b *builder) keepCapabilities(keep uint64) {
	held := b.held()
	half := func(shift int) (uint64, uint64) { return held >> shift & 0xffffffff, keep >> shift & 0xffffffff }
	full0, keep0 := half(0)
	full1, keep1 := half(32)
	// struct __user_cap_data_struct[2]: effective, permitted, inheritable, each.
	sets := words(full0|full0<<32, keep0|full1<<32, full1|keep1<<32)
	calls := []Call{call("capset", data(words(unix.LINUX_CAPABILITY_VERSION_3), "v3"), data(sets, "{inheritable: granted ones}"))}
	for set := keep; set != 0; set &= set - 1 {
		calls = append(calls, call("prctl", num(unix.PR_CAP_AMBIENT, "PR_CAP_AMBIENT"), num(unix.PR_CAP_AMBIENT_RAISE, "PR_CAP_AMBIENT_RAISE"),
			n(int64(bits.TrailingZeros64(set)))))
	}
	b.step("keep", "granted capabilities", calls...)
}

// held is the capabilities that builder and program have before they give them
// up: all in a new user namespace, the caller's in the host's.
func (b *builder) held() uint64 {
	if b.hostUser() {
		return b.host.Permitted
	}
	return 1<<(b.host.LastCap+1) - 1
}

// programNamespaces are those namespaces that the program's own user namespace
// must own for its capabilities to count.
//
// FACT — always (user_namespaces(7)) — a capability counts in the namespaces
// owned by the user namespace it is held in; mounts copied from a parent's namespace stay locked together.
func (b *builder) programNamespaces() uint64 {
	flags := uint64(unix.CLONE_NEWUSER)
	keep, ns := b.kept(), &b.spec.Namespaces
	own := func(from spec.Namespace, flag uint64, caps ...uint) {
		for _, c := range caps {
			if isNew(from) && keep&(1<<c) != 0 {
				flags |= flag
			}
		}
	}
	own(ns.Net, unix.CLONE_NEWNET, unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_NET_BIND_SERVICE)
	own(ns.Mount, unix.CLONE_NEWNS, unix.CAP_SYS_ADMIN)
	own(ns.UTS, unix.CLONE_NEWUTS, unix.CAP_SYS_ADMIN)
	own(ns.IPC, unix.CLONE_NEWIPC, unix.CAP_SYS_ADMIN, unix.CAP_IPC_OWNER)
	own(ns.Cgroup, unix.CLONE_NEWCGROUP, unix.CAP_SYS_ADMIN)
	return flags
}

// capabilityNamespaces repeats for the program's own namespaces what the builder did in its.
func (b *builder) capabilityNamespaces() {
	if !b.hostUser() && !b.joining && b.programNamespaces()&unix.CLONE_NEWNET != 0 {
		b.loopback()
	}
}

// filter installs the system-call policy, last: nothing of ours has to pass it but the exec.
func (b *builder) filter() {
	if len(b.run.Filter) == 0 {
		return
	}
	count := len(b.run.Filter) / 8
	prog := data(words(uint64(count), 0), "", at(8, data(string(b.run.Filter), "")))
	prog.show = asCountOfInsns
	set := num(unix.SECCOMP_SET_MODE_FILTER, "SECCOMP_SET_MODE_FILTER")
	calls := []Call{call("seccomp", set, n(0), prog)}
	if b.run.Notify {
		// FACT — since 5.0 (seccomp_unotify(2)) — the listener is a descriptor
		// of the process that installs the filter; sendmsg has to pass it.
		listener := b.cell()
		calls[0] = call("seccomp", set, num(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, "SECCOMP_FILTER_FLAG_NEW_LISTENER"), prog).into(listener)
		calls = append(calls, sendFD(b.notifySocket(), listener))
	}
	b.step("install", "the system-call filter", calls...).
		hint("the kernel lacks seccomp filters (CONFIG_SECCOMP_FILTER)", unix.EINVAL, unix.ENOSYS).
		hint("a supervisor is listening already: only one filter of a process can ask", unix.EBUSY)
}
