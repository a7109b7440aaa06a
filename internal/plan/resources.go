package plan

import (
	"path"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// resources sets what is inherited by every process of the program: resource
// limits, scheduling, personality, umask.
func (b *builder) resources() {
	b.rlimits()
	b.scheduling()
	if b.spec.NoASLR {
		b.step("switch off", "address-space randomisation",
			call("personality", num(addrNoRandomize, "ADDR_NO_RANDOMIZE")))
	}
	b.step("set", "umask", call("umask", num(int64(*b.spec.Umask), "0"+strconv.FormatUint(uint64(*b.spec.Umask), 8))))
}

const addrNoRandomize = 0x0040000

// rlimits sets the process limits. Core dumps are off: a handler on the host would run for them.
func (b *builder) rlimits() {
	l := &b.spec.Limits
	// A limit that was lowered once cannot be raised again: a number of the Spec's own comes instead of ours.
	own := func(name string) bool { _, set := l.Rlimits[name]; return set }
	if !own("core") {
		b.rlimit("core", unix.RLIMIT_CORE, 0, 0)
	}
	if l.OpenFiles != 0 {
		b.rlimit("nofile", unix.RLIMIT_NOFILE, uint64(l.OpenFiles), max(uint64(l.OpenFiles), 4096))
	}
	if l.Stack != 0 {
		b.rlimit("stack", unix.RLIMIT_STACK, rlimValue(l.Stack), rlimValue(l.Stack))
	}
	if l.FileSize > 0 {
		b.rlimit("fsize", unix.RLIMIT_FSIZE, rlimValue(l.FileSize), rlimValue(l.FileSize))
	}
	// FACT — since 5.14 (ucounts) — RLIMIT_NPROC counts within a user namespace,
	// so in one of its own it caps this sandbox alone, with or without a cgroup.
	if l.Pids > 0 && !own("nproc") {
		most := uint64(l.Pids)
		if b.cgroupLimitsPids() && (most > 1 || b.supervised()) { // one process alone is fewer than the cgroup has to admit for the set-up
			most += 2 // only the cgroup counts its refusals, so it must be the first to refuse; it has room for init too
		}
		b.rlimit("nproc", unix.RLIMIT_NPROC, most, most)
	}
	for _, r := range rlimitNames {
		if v, ok := l.Rlimits[r.name]; ok {
			b.rlimit(r.name, r.number, rlimValue(v), hardest(r.number, v))
		}
	}
}

// cgroupLimitsPids tells whether a cgroup enforces Limits.Pids.
func (b *builder) cgroupLimitsPids() bool {
	return slices.ContainsFunc(b.run.Cgroup.Writes, func(w Write) bool { return path.Base(w.Path) == "pids.max" })
}

// rlimitNames are the limits of getrlimit(2), in the kernel's order.
var rlimitNames = [...]struct {
	name   string
	number int64
}{
	{"cpu", unix.RLIMIT_CPU}, {"fsize", unix.RLIMIT_FSIZE}, {"data", unix.RLIMIT_DATA}, {"stack", unix.RLIMIT_STACK},
	{"core", unix.RLIMIT_CORE}, {"rss", unix.RLIMIT_RSS}, {"nproc", unix.RLIMIT_NPROC}, {"nofile", unix.RLIMIT_NOFILE},
	{"memlock", unix.RLIMIT_MEMLOCK}, {"as", unix.RLIMIT_AS}, {"locks", unix.RLIMIT_LOCKS}, {"sigpending", unix.RLIMIT_SIGPENDING},
	{"msgqueue", unix.RLIMIT_MSGQUEUE}, {"nice", unix.RLIMIT_NICE}, {"rtprio", unix.RLIMIT_RTPRIO}, {"rttime", unix.RLIMIT_RTTIME},
}

// hardest is the hard limit that goes with a soft one: the same.
//
// FACT — always (getrlimit(2), RLIMIT_CPU) — at the hard RLIMIT_CPU comes SIGKILL, which
// does not tell why, at the soft one SIGXCPU — so the hard one is a second later.
func hardest(number int64, v spec.Size) uint64 {
	if number == unix.RLIMIT_CPU && v >= 0 {
		return rlimValue(v) + 1
	}
	return rlimValue(v)
}

func rlimValue(v spec.Size) uint64 {
	if v < 0 {
		return unix.RLIM_INFINITY
	}
	return uint64(v)
}

// rlimit sets one limit, but never above what the caller itself may have:
// raising needs CAP_SYS_RESOURCE, which often is missing.
func (b *builder) rlimit(name string, number int64, soft, hard uint64) {
	if ceiling, ok := b.run.HardLimits[number]; ok {
		soft, hard = min(soft, ceiling), min(hard, ceiling)
	}
	value := Arg{kind: argData, str: words(soft, hard), show: asRlimit}
	b.step("limit", name+" to "+rlimText(soft), call("prlimit64", n(0), num(number, "RLIMIT_"+name), value, num(0, "NULL"))).
		hint("above the caller's own hard limit; see 'ulimit -Ha'", unix.EPERM)
}

func rlimText(v uint64) string {
	if v == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return strconv.FormatUint(v, 10)
}

// scheduling sets priority, processors and core scheduling.
func (b *builder) scheduling() {
	s := &b.spec.Scheduling
	if s.Nice != 0 {
		b.step("set", "nice "+itoa(s.Nice), call("setpriority", num(unix.PRIO_PROCESS, "PRIO_PROCESS"), n(0), n(int64(s.Nice))))
	}
	if s.Affinity != "" {
		mask := cpuMask(s.Affinity)
		b.step("set", "affinity "+s.Affinity, call("sched_setaffinity", n(0), n(int64(len(mask))), data(string(mask), "{"+s.Affinity+"}"))).
			hint("none of these processors is online here", unix.EINVAL)
	}
	if s.Core {
		// FACT — since 5.14 (prctl(2), PR_SCHED_CORE) — needs CONFIG_SCHED_CORE and hyperthreads.
		b.step("set", "core scheduling", call("prctl", num(unix.PR_SCHED_CORE, "PR_SCHED_CORE"), num(unix.PR_SCHED_CORE_CREATE, "PR_SCHED_CORE_CREATE"), n(0), n(0), num(0, "NULL"))).
			hint("this kernel or machine has no core scheduling (CONFIG_SCHED_CORE, hyperthreads)", unix.EINVAL, unix.ENODEV)
	}
}

// cpuMask is a list such as "0-1,4" as a bit mask; the list has been validated.
func cpuMask(list string) []byte {
	mask := make([]byte, 128)
	cpus, _ := spec.ParseCPUList(list)
	for _, c := range cpus {
		if c < 8*len(mask) {
			mask[c/8] |= 1 << (c % 8)
		}
	}
	return mask
}

func itoa(v int) string { return strconv.Itoa(v) }
