package sandbox

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/spec"
)

// known is where this process may make cgroups with the usual limits, as it was last seen.
var known atomic.Pointer[cgroup.Layout]

// layout is what is known, or is found now.
func layout() cgroup.Layout {
	if l := known.Load(); l != nil {
		return *l
	}
	l := cgroup.Probe()
	known.Store(&l)
	return l
}

// layoutFor is where the limits can be had that a Spec asks for.
func layoutFor(lim spec.Limits) cgroup.Layout {
	needs := cgroup.Needs(lim)
	if l := layout(); l.Can().Has(needs) {
		return l
	}
	return cgroup.ProbeFor(needs)
}

// outdated tells whether the place has changed since it was seen: others may
// remove an empty directory, or move this process.
func outdated(seen cgroup.Layout) bool {
	now := cgroup.Probe()
	known.Store(&now)
	return now != seen
}

// layouts are all the places where starts of this process make cgroups: some
// limits need a controller that is elsewhere.
func layouts() []cgroup.Layout {
	var list []cgroup.Layout
	for _, need := range [...]cgroup.Controllers{cgroup.All, 0, cgroup.CPU, cgroup.Cpuset, cgroup.IO} {
		if l := cgroup.ProbeFor(need); !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	return list
}

// asking is when systemd may be asked for a place again. A manager that refuses
// or is silent costs a start its time, but not every start, and not for ever.
var asking struct {
	sync.Mutex
	next time.Time
}

const askAgain = 10 * time.Second

// delegate tries to get from systemd the limits that our own cgroup cannot
// give: it moves this process. Without success the layout stays, and what it
// lacks is in Setup's list of unmet limits.
func (p *prepared) delegate() {
	asking.Lock()
	defer asking.Unlock()
	if !layout().Can().Has(cgroup.Memory|cgroup.Pids) && time.Now().After(asking.next) {
		l, err := cgroup.Delegate(context.Background())
		if err != nil {
			asking.next = time.Now().Add(askAgain)
			return
		}
		known.Store(&l)
	}
	p.layout = layoutFor(p.spec.Limits)
}

// available refuses processors that a cgroup here cannot have.
//
// FACT — since 4.20 (cgroup-v2.rst, "cpuset.cpus.effective") — v2 takes a list of processors that are offline or not the
// parent's and, when none is left, silently grants all of the parent's — so the list is compared first.
func available(l cgroup.Layout, cpuset string) error {
	if cpuset == "" {
		return nil
	}
	wanted, err := spec.ParseCPUList(cpuset)
	if err != nil {
		return err
	}
	text := l.Processors()
	have, err := spec.ParseCPUList(text)
	if err != nil {
		return nil // it cannot be told: the kernel decides
	}
	var missing []string
	for _, cpu := range wanted {
		if !slices.Contains(have, cpu) {
			missing = append(missing, strconv.Itoa(cpu))
		}
	}
	if missing == nil {
		return nil
	}
	return &Error{Kind: HostLacks, Op: "use processors", Object: cpuset, Err: errors.New("not available here: " + strings.Join(missing, ",")),
		Hint: "choose from " + text}
}
