package sandbox

import (
	"errors"
	"path"
	"slices"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// limits works out the cgroup of the sandbox.
func (p *prepared) limits() error {
	p.seen = layout()
	p.layout = layoutFor(p.spec.Limits)
	if !p.layout.Can().Has(cgroup.Memory | cgroup.Pids) {
		p.delegate()
	}
	if p.spec.Nest && !host.Facts().Root && p.layout.V1 != (cgroup.V1{}) {
		p.layout = cgroup.ProbeFor(cgroup.All)
		p.layout.Inner = true
	}
	if err := p.devices(); err != nil {
		return err
	}
	if err := available(p.layout, p.spec.Limits.Cpuset); err != nil {
		return err
	}
	setup, err := p.layout.Setup(p.groupName(), p.spec.Limits, p.ownProcesses())
	if err != nil {
		return err
	}
	p.setup = setup
	if err := p.unmet(); err != nil {
		return err
	}
	if len(setup.Dirs) > 0 {
		p.group = cgroup.Open(p.layout, p.groupName())
	}
	return p.endable()
}

// ownProcesses is how many processes of ours live in the cgroup.
func (p *prepared) ownProcesses() int64 {
	switch {
	case p.keeps:
		return 2 // the spawner, and the init of the run
	case hasInit(&p.spec):
		return 1
	}
	return 0
}

// groupName is the name of the sandbox's cgroup. It tells the launcher, and the
// pid namespace that its number is of: several may share one tree of groups.
func (p *prepared) groupName() string {
	if p.planned {
		return cgroup.Name(0, "NAMESPACE-"+p.id)
	}
	return cgroup.Name(processID(), pidNamespace()+"-"+p.id)
}

// endable refuses what could not be ended: without a pid namespace of its own
// only a cgroup finds all processes of a program. With Landlock as the only wall,
// or in another's pid namespace, a host without cgroups may be put up with on request.
func (p *prepared) endable() error {
	if p.group != nil || p.spec.Namespaces.PID.IsNew() {
		return nil
	}
	joins := p.spec.Namespaces.PID != spec.NamespaceHost
	if (joins || p.spec.Landlock.Mode == "only") && p.spec.MayDrop(spec.ProtectionCgroup) {
		p.loose = true
		return nil
	}
	e := &Error{Kind: HostLacks, Op: "share", Object: "the pid namespace", Err: errors.New("without a cgroup the processes that the program leaves could not be found and ended"),
		Hint: "let it have a pid namespace of its own, or see 'bulkhead doctor' for how to get cgroups here"}
	if joins { // what it leaves ends with their process 1 at the latest
		e.Op, e.Hint = "join", "put up with that by --allow-drop cgroup, or see 'bulkhead doctor' for how to get cgroups here"
	}
	return e
}

// devices resolves the block devices of I/O limits.
func (p *prepared) devices() error {
	for i := range p.spec.Limits.IO {
		number, err := cgroup.Device(p.spec.Limits.IO[i].Device)
		if err != nil {
			return &Error{Kind: Mistake, Op: "limit io of", Object: p.spec.Limits.IO[i].Device, Err: plain(err), Hint: "lsblk lists the block devices"}
		}
		p.spec.Limits.IO[i].Device = number
	}
	return nil
}

// unmet refuses limits that cannot be enforced, unless the Spec lets them go.
func (p *prepared) unmet() error {
	for _, u := range p.setup.Unmet {
		if !p.spec.MayDrop(protectionOf(u.Limit)) {
			return &Error{Kind: HostLacks, Op: "limit", Object: u.Limit, Err: errors.New(u.Reason), Hint: u.Hint}
		}
	}
	return nil
}

// dropped lists the limits that are missing with the Spec's consent.
func (p *prepared) dropped() []spec.Dropped {
	list := []spec.Dropped{}
	if p.loose {
		list = append(list, spec.Dropped{Protection: spec.ProtectionCgroup, Reason: "processes that leave the program's process group may outlive it"})
	}
	for _, u := range p.setup.Unmet {
		d := spec.Dropped{Protection: protectionOf(u.Limit), Reason: u.Reason, Hint: u.Hint}
		if !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return list
}

// protectionOf is the protection that a limit belongs to.
func protectionOf(limit string) spec.Protection {
	switch limit {
	case "memory", "memory_high":
		return spec.ProtectionMemory
	case "swap":
		return spec.ProtectionSwap
	case "pids":
		return spec.ProtectionPids
	case "io":
		return spec.ProtectionIO
	}
	return spec.ProtectionCPU
}

// cgroupSteps is a Setup in the planner's terms.
func cgroupSteps(s *cgroup.Setup) plan.Cgroup {
	return plan.Cgroup{Shared: s.Shared, Dirs: s.Dirs, Writes: writes(s.Writes), Procs: tasks(s.Procs), Into: s.Into, After: writes(s.After)}
}

// tasks are the files by which a single-threaded process enters v1 groups.
//
// FACT — since 5.5 (cgroup_procs_write_start) — a thread that moves itself by
// "tasks" needs no stop of all forks on the machine, a process by "cgroup.procs"
// does: measured, the three hierarchies take 20 us instead of 2,500.
func tasks(procs []string) []string {
	files := make([]string, len(procs))
	for i, p := range procs {
		files[i] = path.Join(path.Dir(p), "tasks")
	}
	return files
}

func writes(list []cgroup.Write) []plan.Write {
	out := make([]plan.Write, len(list))
	for i, w := range list {
		out[i] = plan.Write{Path: w.Path, Value: w.Value, What: w.What, Optional: w.Optional}
	}
	return out
}
