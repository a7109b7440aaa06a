package sandbox

import (
	"context"

	"github.com/bulkhead/bulkhead/internal/host"
)

// Report is what Doctor found out.
type Report struct {
	// Checks are in a fixed order, area by area; the last one is a real start.
	Checks []Check `json:"checks"`
	// OK says that a sandbox with the default settings runs here: no Check is missing.
	OK bool `json:"ok"`
}

// Check is one thing that this host and this user can or cannot do.
type Check struct {
	// Name is short, unique and stays the same; Area groups checks.
	Name string `json:"name"`
	Area string `json:"area"`
	// Status is one of the constants below.
	Status string `json:"status"`
	// What says in one line what it is for.
	What string `json:"what"`
	// Found is the fact, with numbers and paths.
	Found string `json:"found"`
	// Why is the cause of what is amiss, and Fix the command or edit that mends it.
	Why string `json:"why,omitempty"`
	Fix string `json:"fix,omitempty"`
	// Since is the first kernel that has it; empty if the kernel does not matter.
	Since string `json:"since,omitempty"`
}

// The values of Check.Status.
const (
	// CheckOK: it works.
	CheckOK = host.StatusOK
	// CheckLimited: the default settings work, but something that can be asked
	// for does not, or works less well.
	CheckLimited = host.StatusLimited
	// CheckMissing: the default settings need it, and it is not there.
	CheckMissing = host.StatusMissing
	// CheckUnknown: it could not be told.
	CheckUnknown = host.StatusUnknown
)

// Doctor finds out what this host and this user can and cannot do, why, and
// how to mend it, by trying. It takes a fraction of a second and leaves nothing
// behind; as a start does, it may move this process to a scope of systemd.
// What it does not reach before ctx ends is unknown.
func Doctor(ctx context.Context) Report {
	v := newVisit(ctx)
	defer v.leave()
	r := Report{OK: true}
	for _, f := range host.Examine(ctx, v.probes()) {
		r.Checks = append(r.Checks, Check(f))
		r.OK = r.OK && f.Status != CheckMissing
	}
	return r
}

// visit is one call of Doctor.
type visit struct {
	ctx    context.Context
	limits groupsHere
	dir    runtimeDir
}

func newVisit(ctx context.Context) *visit {
	return &visit{ctx: ctx, limits: findGroups(ctx), dir: findRuntimeDir()}
}

// leave takes away what the visit has made.
func (v *visit) leave() {
	v.dir.restore()
	v.limits.restore()
}

// probes are those of the kernel and of this process's place, and those about
// what this package itself does.
func (v *visit) probes() []host.Probe {
	all := append(host.Probes(), host.Probe{Name: "runtime-dir", Area: "place", What: "records of running sandboxes, for ps, exec and stop", Ask: v.dir.ask})
	all = append(all, v.limits.probes()...)
	return append(all, host.Probe{Name: "start", Area: "start", What: "the program true in a sandbox with the default settings", Needed: true, Ask: v.start})
}
