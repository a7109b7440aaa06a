package sandbox

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/spec"
)

// groupsHere is what can be limited here.
type groupsHere struct {
	layout cgroup.Layout
	// asked says that our own cgroup does not do, so that systemd was asked for one; refused is its answer.
	asked   bool
	refused error
	// booted says that systemd manages this machine; sd_booted(3).
	booted bool
	// made is the shared directory of v2 groups, if it was not there before.
	made string
}

// delegation is how long systemd may take.
const delegation = 500 * time.Millisecond

// findGroups looks as a start does: at our own cgroups, and if these cannot
// limit memory and processes, at what systemd gives.
func findGroups(ctx context.Context) groupsHere {
	g := groupsHere{layout: cgroup.ProbeFor(cgroup.All), booted: present("/run/systemd/system")}
	if !g.layout.Can().Has(cgroup.Memory|cgroup.Pids) && ctx.Err() == nil {
		g.delegate(ctx)
	}
	if g.layout.Top != "" && !present(g.layout.V2) {
		g.made = g.layout.V2
	}
	return g
}

func (g *groupsHere) delegate(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, delegation)
	defer cancel()
	g.asked = true
	if _, g.refused = cgroup.Delegate(ctx); g.refused == nil {
		g.layout = cgroup.ProbeFor(cgroup.All)
	}
}

// restore removes the shared directory; one that is in use stays.
func (g *groupsHere) restore() {
	if g.made != "" {
		_ = os.Remove(g.made)
	}
}

func present(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func (g *groupsHere) probes() []host.Probe {
	return []host.Probe{
		{Name: "cgroup", Area: "limits", What: "limits memory and processes, and counts what is used", Ask: g.core},
		{Name: "controllers", Area: "limits", What: "limits processors and block devices (--cpus, --cpuset, --io)", Ask: g.controllers},
		{Name: "systemd", Area: "limits", What: "gives a user a cgroup where there is none", Ask: g.systemd},
		{Name: "swap", Area: "limits", What: "keeps a limit on memory from being passed by swapping (--swap)", Ask: g.swap},
	}
}

func (g *groupsHere) core(*host.System) host.Answer {
	found := g.text()
	if !g.layout.Can().Has(cgroup.Memory | cgroup.Pids) {
		return host.Answer{Outcome: host.No, Found: found, Why: g.layout.Why, Fix: g.remedy(g.layout.Hint)}
	}
	return host.Answer{Outcome: host.Yes, Found: found}
}

// remedy is how to get a cgroup: from systemd as the hint says, or where there is none by hand.
func (g *groupsHere) remedy(hint string) string {
	if g.booted || os.Geteuid() == 0 {
		return hint
	}
	return cgroup.ByHand(os.Geteuid(), present("/sys/fs/cgroup/cgroup.controllers"))
}

// text describes a Layout.
func (g *groupsHere) text() string {
	l := g.layout
	var parts []string
	if v1 := l.Can() &^ l.Controllers; v1 != 0 {
		parts = append(parts, "v1: "+v1.String()+atMemory(l.V1.Memory))
	}
	switch {
	case l.V2 != "" && l.Controllers != 0:
		parts = append(parts, "v2 below "+l.V2+": "+l.Controllers.String())
	case l.V2 != "":
		parts = append(parts, "v2 below "+l.V2+", without controllers")
	}
	if len(parts) == 0 {
		return "no group can be made"
	}
	return strings.Join(parts, "; ")
}

func atMemory(dir string) string {
	if dir == "" {
		return ""
	}
	return " (memory below " + dir + ")"
}

// controllers asks for each kind of limit that few need.
func (g *groupsHere) controllers(*host.System) host.Answer {
	if !g.layout.Usable() {
		return host.Answer{Outcome: host.No, Found: "none", Why: "no group can be made, see cgroup"}
	}
	all := spec.Limits{CPUs: 1, CPUWeight: 50, Cpuset: "0", IO: []spec.IOLimit{{Device: "1:0", ReadBPS: 1}}}
	setup, err := g.layout.Setup("doctor", all, 1)
	if err != nil {
		return host.Answer{Found: err.Error()}
	}
	a := host.Answer{Outcome: host.Yes, Found: "cpu cpuset io"}
	var missing []string
	for _, u := range setup.Unmet {
		if u.Limit != "cpus" && u.Limit != "cpu_weight" && u.Limit != "cpuset" && u.Limit != "io" {
			continue
		}
		if len(missing) == 0 {
			a.Why, a.Fix = u.Reason, g.remedy(u.Hint)
		}
		missing = append(missing, u.Limit)
	}
	if len(missing) > 0 {
		a.Outcome, a.Found = host.No, "these limits cannot be set: "+strings.Join(missing, " ")
	}
	return a
}

func (g *groupsHere) systemd(*host.System) host.Answer {
	switch {
	case !g.asked:
		return host.Answer{Outcome: host.Yes, Found: "not needed: cgroups can be made without it"}
	case g.refused == nil:
		return host.Answer{Outcome: host.Yes, Found: "it gave this process a scope"}
	}
	if !g.booted {
		return host.Answer{Outcome: host.No, Found: "this machine is not managed by systemd", Why: "nobody gives a user a cgroup by itself, see cgroup"}
	}
	a := host.Answer{Outcome: host.No, Found: g.refused.Error(), Why: "there is no service manager that gives this user a cgroup"}
	var e *cgroup.Error
	if errors.As(g.refused, &e) {
		a.Why, a.Fix = reason(e.Err), e.Hint
	}
	return a
}

func (g *groupsHere) swap(*host.System) host.Answer {
	a := host.Answer{Outcome: host.Yes}
	switch g.layout.Swap {
	case cgroup.SwapControlled:
		a.Found = "it is counted and limited"
	case cgroup.SwapNone:
		a.Found = "this host has none"
	case cgroup.SwapUncontrolled:
		a = host.Answer{Outcome: host.No, Found: "this host has swap that no group limits",
			Why: "the kernel does not count swap per group", Fix: "add to the kernel's command line: swapaccount=1; or: sudo swapoff -a"}
	default:
		a.Outcome, a.Found = host.Unclear, "whether it is counted can only be seen in a group, see cgroup"
	}
	return a
}
