package sandbox

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/internal/terminal"
	"github.com/bulkhead/bulkhead/spec"
)

// prepared is a sandbox that is worked out but not started.
type prepared struct {
	spec    Spec
	id      string
	run     plan.Run
	setup   cgroup.Setup
	group   *cgroup.Group
	layout  cgroup.Layout
	seen    cgroup.Layout // what was known of the place when it was chosen
	plan    *plan.Plan
	capture *terminal.Capture
	null    *os.File
	box     *Sandbox
	model   *os.File // the caller's terminal, if the program's own is made like that
	given   bool     // a descriptor of the program's leads to a file of the host
	loose   bool     // nothing finds all of the program's processes
	joined  joined
	planned bool
	policy  keptPolicy
	keeps   bool // it is kept for one job after another: see Pool
}

// prepare works out everything that can be known before acting.
func prepare(s *Spec, io IO) (*prepared, error) {
	if err := io.checkOpen(); err != nil {
		return nil, err
	}
	p := &prepared{box: &Sandbox{done: make(chan struct{})}, planned: io.planned, keeps: io.keeps}
	if io.detached != nil {
		p.box.reg = registration{dir: io.detached.dir, kept: true}
	}
	if err := p.workOut(s, io); err != nil {
		p.close()
		p.abandon()
		return nil, err
	}
	return p, nil
}

func (p *prepared) workOut(s *Spec, io IO) error {
	if err := p.complete(s); err != nil {
		return err
	}
	p.id = "00000000"
	if !p.planned {
		p.id = newID()
	}
	if err := p.joins(); err != nil {
		return err
	}
	if err := p.limits(); err != nil {
		return err
	}
	return p.build(io)
}

// complete fills the Spec in and checks it.
func (p *prepared) complete(s *Spec) error {
	place, err := here(s)
	if err != nil {
		return err
	}
	resolved, err := s.Resolve(place)
	if err != nil {
		return err
	}
	if err := p.privateDir(&resolved); err != nil {
		return err
	}
	p.spec = resolved.WithDefaults()
	if err := p.spec.Validate(); err != nil {
		return err
	}
	if err := checkHardLimits(&p.spec.Limits, host.HardLimits()); err != nil {
		return err
	}
	return readData(p.spec.Mounts)
}

// here is the place that "." and "~" in a Spec refer to.
func here(s *Spec) (spec.Place, error) {
	dir, err := os.Getwd()
	if err != nil {
		return spec.Place{}, &Error{Kind: HostLacks, Op: "find", Object: "the working directory", Err: err, Hint: "it may have been removed: change to another"}
	}
	home, _ := os.UserHomeDir() // none is fine unless the Spec mentions ~
	return spec.Place{Dir: dir, Home: home, Files: rootFS()}, nil
}

func rootFS() fs.FS { return os.DirFS("/") }

// newID is a short name that no other live sandbox has.
func newID() string { return fmt.Sprintf("%08x", rand.Uint32()) }

// build computes the plan.
func (p *prepared) build(io IO) error {
	facts := host.Facts()
	p.run = plan.Run{
		Name: p.name(), ID: p.hostID(), Cgroup: cgroupSteps(&p.setup),
		HardLimits: host.HardLimits(), Ignored: host.Ignored(), Rows: io.Rows, Columns: io.Columns,
		Joined: p.joined.fds, Within: p.joined.within, JoinedMaps: p.joined.maps,
	}
	if !hasInit(&p.spec) && slices.Contains(p.run.Ignored, int(syscall.SIGCHLD)) {
		return deaf()
	}
	var err error
	if err = p.settleUser(); err != nil {
		return err
	}
	if err = p.environment(); err != nil {
		return err
	}
	if !p.keeps {
		err = p.streams(io)
	}
	if err != nil {
		return err
	}
	if err = p.likeCallers(io); err != nil {
		return err
	}
	p.box.model = p.model
	if p.run.Filter, p.run.Notify, err = filter(&p.spec, facts.Arch, p.given || p.keeps); err != nil {
		return err
	}
	if p.keeps {
		if p.policy, err = keptPolicyOf(&p.spec); err != nil {
			return err
		}
		p.run.Early = p.policy.early
	}
	present, found, err := owners(&p.spec)
	if err != nil {
		return err
	}
	p.run.Owners = found
	build := plan.Build
	if p.keeps {
		build = plan.BuildKept
	}
	p.plan, err = build(present, facts, p.run)
	if err != nil {
		return err
	}
	p.plan.Dropped = append(p.plan.Dropped, p.dropped()...)
	return nil
}

// name is the sandbox's name, generated from its id if it has none.
func (p *prepared) name() string {
	if p.spec.Name == "" {
		p.spec.Name = "b" + p.id
		if p.keeps {
			p.spec.Name = "pool" // what its programs see must not tell one sandbox from the other
		}
	}
	return p.spec.Name
}

// start acts. A name that the caller chose is taken first.
func (p *prepared) start(named bool) (*launch.Process, error) {
	if named && !p.box.reg.kept {
		var err error
		if p.box.reg.dir, p.box.reg.lock, err = claim(p.spec.Name); err != nil {
			return nil, err
		}
	}
	proc, err := launch.Start(p.plan)
	if err == nil && p.setup.Prepares {
		known.Store(nil) // what was made for all is there now
	}
	return proc, err
}

// close frees what was only needed to start.
func (p *prepared) close() {
	if p.null != nil {
		p.null.Close()
	}
	if p.capture != nil {
		p.capture.Close()
	}
	p.joined.close()
}

// abandon removes what a failed start has made.
func (p *prepared) abandon() {
	if p.group != nil {
		if !p.spec.Namespaces.PID.IsNew() {
			_ = p.group.Kill() // a program that was ended again may have forked
		}
		_ = p.group.Remove() // the error that matters is the start's
		p.group.Close()
	}
	p.box.unregister()
	for _, dir := range p.box.temp {
		_ = os.RemoveAll(dir)
	}
}
