// Package launch executes plans. It is the one place that acts: it creates the
// builder, whose code is a loop over system calls, and reports which step failed.
package launch

import (
	"os"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// Process is a started sandbox.
type Process struct {
	// PID of the builder, now init or the program itself.
	PID int
	// PidFD refers to it for as long as it is open, whatever becomes of the number.
	PidFD int
	// Status delivers the program's wait status from init; nil without an init.
	Status *os.File
	// Started is the CLOCK_MONOTONIC time of the exec in nanoseconds.
	Started int64
	// Ended has the CLOCK_MONOTONIC time at which each step ended, for a plan with notes, and Begun that of the clone.
	Ended []int64
	Begun int64
	// Terminal is the master of the program's terminal.
	Terminal *os.File
	// Listener answers the calls for which the filter asks; seccomp_unotify(2).
	Listener *os.File

	guardian *guardian
	// Spawner is what makes the processes of a sandbox that is kept.
	Spawner *Spawner
	spawned bool // by a spawner: nothing of it is ours to reap

	mu     sync.Mutex
	closed bool
	events *os.File // PidFD, as the runtime's poller sees it; made for a long wait
}

// Attach makes a Process of one that another process has started.
func Attach(pid, pidfd int, started int64) *Process {
	return &Process{PID: pid, PidFD: pidfd, Started: started}
}

// exclusive keeps starts that need our memory undumpable (writers) away from
// those that need it dumpable (readers); see plan.Plan.Exclusive and plan's writeOwn.
var exclusive sync.RWMutex

// Start executes a plan up to the moment the command runs.
func Start(p *plan.Plan) (*Process, error) { return Join(p, -1) }

// Join executes a plan that enters a running sandbox; target is a pidfd of its program.
func Join(p *plan.Plan, target int) (*Process, error) {
	if p.Exclusive {
		exclusive.Lock()
		defer exclusive.Unlock()
	} else {
		exclusive.RLock()
		defer exclusive.RUnlock()
	}
	return start(p, target)
}

func start(p *plan.Plan, target int) (*Process, error) {
	t, err := newTable(p)
	if err != nil {
		return nil, err
	}
	defer t.free()
	cells, steps := t.cells, byActor(p)
	wires, err := newWires(p, cells)
	if err != nil {
		return nil, err
	}
	defer wires.closeInner()
	store(cells[plan.CellTarget], int32(target))
	err = runHere(steps.launcher, cells)
	defer closeAll(opened(steps.launcher, cells))
	if err != nil {
		wires.closeOuter()
		return nil, err
	}
	proc, err := create(p, &steps, t, wires)
	if err != nil {
		wires.closeOuter()
		return nil, err
	}
	err = runHere(steps.after, cells)
	closeAll(opened(steps.after, cells))
	if err != nil {
		proc.Kill()
		proc.Terminal.Close()
		proc.Listener.Close()
		wires.closeOuter()
		return nil, err
	}
	return proc, nil
}

// grouped are steps by who takes them.
type grouped struct{ launcher, child, guardian, after []*plan.Step }

func byActor(p *plan.Plan) (g grouped) {
	g.child = make([]*plan.Step, 0, len(p.Steps))
	for i := range p.Steps {
		s := &p.Steps[i]
		switch s.Actor {
		case plan.Launcher:
			g.launcher = append(g.launcher, s)
		case plan.Guardian:
			g.guardian = append(g.guardian, s)
		case plan.After:
			g.after = append(g.after, s)
		default:
			g.child = append(g.child, s)
		}
	}
	return g
}

// create makes the builder and waits until it has become init or the program.
func create(p *plan.Plan, steps *grouped, t *table, w *wires) (*Process, error) {
	prog, err := compile(steps.child, t.cells)
	if err != nil {
		return nil, err
	}
	defer runtime.KeepAlive(prog)
	group, err := openGroup(p.Clone.CgroupDir)
	if err != nil {
		return nil, err
	}
	defer unix.Close(group)
	c := newCall(p, prog, t.report, group)
	if err := w.engage(p, steps.guardian, t.cells, c); err != nil {
		return nil, err
	}
	begun := now()
	defer restoreDumpable(getDumpable()) // not before the exec is over: see hasRun
	onLastingThread(func() { enter(c) })
	if err := failure(p, prog, t, w, c); err != nil {
		return nil, err
	}
	proc := &Process{PID: c.result, PidFD: int(c.pidfd), Status: w.status, guardian: w.guardian, Spawner: w.spawner}
	since := clockOf(p)
	proc.Started = startTime(t.cells, p.Started) + since
	proc.Begun, proc.Ended = begun, notes(t.cells, p.Notes, since)
	return proc, proc.settle(p, t.cells, w)
}

// openGroup opens the cgroup that the builder is born into; -1 is none.
func openGroup(dir string) (int, error) {
	if dir == "" {
		return -1, nil
	}
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &FDError{"open " + dir, err}
	}
	return fd, nil
}

// newCall is the clone of the builder, with all signals blocked.
func newCall(p *plan.Plan, prog *program, rep *report, group int) *call {
	args := &cloneArgs{flags: p.Clone.Flags, exitSignal: uint64(unix.SIGCHLD)}
	if group >= 0 {
		args.cgrp = uint64(group)
	}
	c := &call{args: args, program: &prog.records[0], report: rep, blocked: ^uint64(0)}
	args.pidfd = address(&c.pidfd)
	return c
}

// failure is why there is no builder, or what it, or an errand for it, could not do. Then nothing of it is left.
func failure(p *plan.Plan, prog *program, t *table, w *wires, c *call) error {
	lost := false
	if p.Helper != 0 {
		helper := int(load(t.cells[p.Helper]))
		lost = wasKilled(helper, unix.WNOHANG)
		endFailed(helper)
	}
	stopped := p.Program != 0 && c.result > 0 && leftBehind(c.result, int(load(t.cells[p.Program])))
	if stopped {
		endFailed(int(load(t.cells[p.Program]))) // first of all: it holds the pipes of the errands
	}
	err := w.finishErrands()
	if c.result < 0 {
		return cloneError(p, syscall.Errno(-c.result))
	}
	if err == nil && t.report.errno != 0 {
		o := prog.origin[prog.index(t.report.record)]
		err = &StepError{o.step, o.call, syscall.Errno(t.report.errno)}
	}
	if err == nil && !stopped {
		return nil
	}
	builder := Process{PID: c.result, PidFD: int(c.pidfd), guardian: w.guardian}
	builder.reap()
	if p.Program != 0 && !stopped {
		endFailed(int(load(t.cells[p.Program])))
	}
	if stopped || lost {
		return &StoppedError{}
	}
	return err
}

// settle makes it the process that the plan leaves, once it has got to its exec, and receives what it sends.
func (p *Process) settle(left *plan.Plan, cells []uintptr, w *wires) error {
	if left.Program != 0 {
		if err := p.become(int(load(cells[left.Program]))); err != nil {
			return err
		}
	}
	if left.Exclusive && left.Init {
		awaitFirstExec(p.PID)
	}
	err := w.receive(p)
	if err != nil {
		p.Kill()
	}
	return err
}

// runHere executes steps in this process.
func runHere(steps []*plan.Step, cells []uintptr) error {
	if len(steps) == 0 {
		return nil
	}
	prog, err := compile(steps, cells)
	if err != nil {
		return err
	}
	defer runtime.KeepAlive(prog)
	for i := 0; i < len(prog.records); i++ {
		skip, errno := prog.records[i].run()
		if errno != 0 {
			o := prog.origin[i]
			return &StepError{o.step, o.call, errno}
		}
		i += int(skip / recordSize)
	}
	return nil
}
