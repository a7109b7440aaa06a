package plan

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// kind is one kind of namespace.
type kind struct {
	name string
	flag uint64
	from spec.Namespace
	// atClone is false for the kinds that cannot be made while cloning: user
	// is decided by who the caller is, cgroup has to wait for the cgroup.
	atClone bool
}

func (b *builder) namespaceKinds() [7]kind {
	ns := &b.spec.Namespaces
	return [...]kind{
		{"pid", unix.CLONE_NEWPID, ns.PID, true},
		{"mount", unix.CLONE_NEWNS, ns.Mount, true},
		{"net", unix.CLONE_NEWNET, ns.Net, true},
		{"ipc", unix.CLONE_NEWIPC, ns.IPC, true},
		{"uts", unix.CLONE_NEWUTS, ns.UTS, true},
		{"time", unix.CLONE_NEWTIME, ns.Time, true},
		{"cgroup", unix.CLONE_NEWCGROUP, ns.Cgroup, false},
	}
}

// names sets the two names of a new UTS namespace.
func (b *builder) names() {
	if !isNew(b.spec.Namespaces.UTS) {
		return
	}
	set := func(what, value string) {
		b.step("set "+what, value, call("set"+what, str(value), n(int64(len(value)))))
	}
	set("hostname", b.spec.Hostname)
	set("domainname", b.spec.Domainname)
}

// lackClocks gives up offsets that this kernel cannot set, if the Spec allows that.
func (b *builder) lackClocks() {
	const why, remedy = "this kernel enters a time namespace too early for its offsets to be set", "Linux 6.3 or newer; or leave clock out"
	if b.spec.MayDrop(spec.ProtectionTimeNamespace) {
		b.plan.Dropped = append(b.plan.Dropped, spec.Dropped{Protection: spec.ProtectionTimeNamespace, Reason: why, Hint: remedy})
		return
	}
	b.fail("clock", why, remedy)
}

// clocks shifts the clocks of a new time namespace; a process enters it when it execs.
//
// FACT — since 5.6 (time_namespaces(7)) — offsets can be written until the first process enters.
func (b *builder) clocks() {
	c := b.spec.Clock
	if !isNew(b.spec.Namespaces.Time) || c == (spec.Clock{}) {
		return
	}
	if !b.host.SharedClocks {
		b.lackClocks()
		return
	}
	line := func(clock string, d spec.Duration) string {
		sec, nsec := int64(d)/1e9, int64(d)%1e9
		if nsec < 0 {
			sec, nsec = sec-1, nsec+1e9
		}
		return clock + " " + strconv.FormatInt(sec, 10) + " " + strconv.FormatInt(nsec, 10) + "\n"
	}
	b.writeOwn("timens_offsets", "shift", "clocks", line("monotonic", c.Monotonic)+line("boottime", c.Boottime)).
		hint("a clock cannot be set back before the host's start", unix.ERANGE)
}
