package sandbox

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// ownLimits are the limits with a field of their own that a process cannot have
// more of than the caller's hard limit.
var ownLimits = [...]struct {
	name, rlimit string
	of           func(*spec.Limits) int64
}{
	{"nofile", "nofile", func(l *spec.Limits) int64 { return l.OpenFiles }},
	{"stack", "stack", func(l *spec.Limits) int64 { return int64(l.Stack) }},
	{"fsize", "fsize", func(l *spec.Limits) int64 { return int64(l.FileSize) }},
	{"pids", "nproc", func(l *spec.Limits) int64 { return l.Pids }},
}

// checkHardLimits refuses limits that the program would not get, since no
// process has more than the caller's hard limits. What is unlimited, or as a
// built-in profile or the default has it, was not chosen for this host: of that the
// program gets what there is.
func checkHardLimits(l *spec.Limits, hard map[int64]uint64) error {
	for _, own := range ownLimits {
		if err := checkHard(own.name, own.rlimit, own.of(l), hard); err != nil && !inProfile(own.of, own.of(l)) {
			return err
		}
	}
	for _, name := range spec.Rlimits() {
		if err := checkHard(name, name, int64(l.Rlimits[name]), hard); err != nil {
			return err
		}
	}
	return nil
}

// inProfile tells whether a value is that of a built-in profile, completed.
func inProfile(of func(*spec.Limits) int64, value int64) bool {
	return slices.ContainsFunc(spec.Profiles(), func(name string) bool {
		p, _ := spec.Profile(name)
		p = p.WithDefaults()
		return of(&p.Limits) == value
	})
}

func checkHard(name, rlimit string, value int64, hard map[int64]uint64) error {
	number, _ := spec.RlimitNumber(rlimit)
	most, finite := hard[int64(number)]
	if !finite || value < 0 || uint64(value) <= most {
		return nil
	}
	return &Error{Kind: HostLacks, Op: "limit", Object: name, Err: fmt.Errorf("%d is more than the %d of the caller's own hard limit", value, most),
		Hint: fmt.Sprintf("ask for at most %d (%s shows it), or raise that as root before: prlimit --pid $$ --%s=%d", most, ulimit(number), rlimit, value)}
}

// ulimit is the shell's command that shows a hard limit.
func ulimit(number int) string {
	letters := map[int]string{
		unix.RLIMIT_CPU: "t", unix.RLIMIT_FSIZE: "f", unix.RLIMIT_DATA: "d", unix.RLIMIT_STACK: "s", unix.RLIMIT_CORE: "c", unix.RLIMIT_RSS: "m",
		unix.RLIMIT_NPROC: "u", unix.RLIMIT_NOFILE: "n", unix.RLIMIT_MEMLOCK: "l", unix.RLIMIT_AS: "v", unix.RLIMIT_LOCKS: "x",
		unix.RLIMIT_SIGPENDING: "i", unix.RLIMIT_MSGQUEUE: "q", unix.RLIMIT_NICE: "e", unix.RLIMIT_RTPRIO: "r", unix.RLIMIT_RTTIME: "R",
	}
	return "ulimit -H" + letters[number]
}
