package launch

import (
	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// errand is what another thread does for a builder, which waits for it at some
// step. Our own thread sleeps meanwhile, in clone.
type errand struct {
	do     func() error
	pid    *int32 // of the builder, written by the kernel before the builder runs
	waits  int    // read end: the builder asks
	told   int    // write end of that, the builder's; -1 once we have closed our copy
	goOn   int    // write end: it is done
	result chan error
}

// errand makes the two pipes and fills their cells: the builder asks by the one
// and is told by the other.
func (w *wires) errand(cells []uintptr, asks, told plan.Cell, do func() error) error {
	var sync, goOn [2]int
	if err := unix.Pipe2(sync[:], unix.O_CLOEXEC); err != nil {
		return &FDError{"pipe2", err}
	}
	if err := unix.Pipe2(goOn[:], unix.O_CLOEXEC); err != nil {
		unix.Close(sync[0])
		unix.Close(sync[1])
		return &FDError{"pipe2", err}
	}
	w.inner = append(w.inner, sync[0], goOn[0], goOn[1])
	store(cells[asks], int32(sync[1]))
	store(cells[told], int32(goOn[0]))
	w.errands = append(w.errands, &errand{do: do, pid: &w.pid, waits: sync[0], told: sync[1], goOn: goOn[1], result: make(chan error, 1)})
	return nil
}

// engage sends for the errands of a builder that is about to be created by c.
func (w *wires) engage(p *plan.Plan, guardian []*plan.Step, cells []uintptr, c *call) (err error) {
	if g := w.guardian; g != nil {
		if g.program, err = compile(guardian, cells); err != nil {
			return err
		}
		g.builder = &c.pidfd
		if p.Program != 0 {
			g.number = cells[p.Program]
		}
	}
	if len(w.errands) > 0 {
		c.args.flags |= unix.CLONE_PARENT_SETTID
		c.args.parentTID = address(&w.pid)
	}
	for _, e := range w.errands {
		go e.run()
	}
	return nil
}

// run waits for the builder, does the errand, and lets it go on or ends it.
func (e *errand) run() {
	one := []byte{0}
	if n, err := unix.Read(e.waits, one); n != 1 {
		e.result <- err // the builder was not created, or has failed and says so itself
		return
	}
	err := e.do()
	if err != nil {
		_ = unix.Kill(int(*e.pid), unix.SIGKILL) // our child, not reaped yet: the number is its
	} else if _, werr := unix.Write(e.goOn, one); werr != nil {
		err = &FDError{"write pipe", werr}
	}
	e.result <- err
}

// finishErrands returns what went wrong with them. The builder has ended or runs
// by now: with our copies of its ends closed, none can wait for it in vain.
func (w *wires) finishErrands() error {
	w.closeTold()
	var first error
	for _, e := range w.errands {
		if err := <-e.result; first == nil {
			first = err
		}
	}
	return first
}

func (w *wires) closeTold() {
	for _, e := range w.errands {
		if e.told >= 0 {
			unix.Close(e.told)
			e.told = -1
		}
	}
}
