package launch

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// guardian is the process that ends a sandbox when we have ended; see plan's guard.
//
// FACT — always (execve(2)) — an exec makes SIGCHLD the exit signal, whatever
// clone was told: so it is a child like any other, and we reap it ourselves.
type guardian struct {
	program *program
	cells   []uintptr
	builder *int32  // its pidfd, written by the kernel before it runs
	number  uintptr // address of the number of a program that is not the builder, 0 for none
	pid     int
	pidfd   int
}

// selfFD is a pidfd of this process.
var selfFD = kept(func() (int, error) {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return -1, &FDError{"pidfd_open", err}
	}
	return high(fd)
})

// guard prepares the guardian's start, which is an errand.
func (w *wires) guard(cells []uintptr) error {
	fd, err := guardFD()
	if err != nil {
		return err
	}
	self, err := selfFD()
	if err != nil {
		return err
	}
	store(cells[plan.CellGuardian], int32(fd))
	store(cells[plan.CellSelf], int32(self))
	w.guardian = &guardian{cells: cells}
	return w.errand(cells, plan.CellBorn, plan.CellWatched, w.guardian.start)
}

// start creates the guardian, and returns when it is one.
func (g *guardian) start() error {
	fd, err := g.sandbox()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	store(g.cells[plan.CellSandbox], int32(fd))
	args := &cloneArgs{flags: unix.CLONE_VM | unix.CLONE_VFORK | unix.CLONE_CLEAR_SIGHAND | unix.CLONE_PIDFD}
	c := &call{args: args, program: &g.program.records[0], report: &report{}, blocked: ^uint64(0)}
	args.pidfd = address(&c.pidfd)
	enter(c)
	if c.result < 0 {
		return &StepError{g.program.origin[0].step, &plan.Call{Name: "clone3"}, syscall.Errno(-c.result)}
	}
	program := g.program
	g.program, g.cells = nil, nil // of no use for as long as the sandbox lives
	g.pid, g.pidfd = c.result, int(c.pidfd)
	if c.report.errno != 0 {
		o := program.origin[program.index(c.report.record)]
		return &StepError{o.step, o.call, syscall.Errno(c.report.errno)}
	}
	return nil
}

// sandbox is a pidfd of what becomes the program.
func (g *guardian) sandbox() (int, error) {
	if g.number == 0 {
		return highCopy(int(*g.builder))
	}
	fd, err := unix.PidfdOpen(int(load(g.number)), 0) // our child, not reaped yet
	if err != nil {
		return -1, &FDError{"pidfd_open", err}
	}
	return high(fd)
}

// dismiss ends the guardian, whose sandbox has ended.
func (g *guardian) dismiss() {
	if g == nil || g.pid == 0 {
		return
	}
	_ = unix.PidfdSendSignal(g.pidfd, unix.SIGKILL, nil, 0) // ESRCH: it has ended already
	for unix.Waitid(unix.P_PIDFD, g.pidfd, nil, unix.WEXITED|unix.WALL, nil) == unix.EINTR {
	}
	unix.Close(g.pidfd)
	g.pid = 0
}

// Dismiss lets go of what watches over a process that has ended, and of all it has left.
func (p *Process) Dismiss() { p.guardian.dismiss() }
