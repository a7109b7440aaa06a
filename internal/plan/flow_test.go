package plan

import (
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sys/unix"
)

// flow follows the processes of a plan and finds cells that are read where no
// descriptor need be in them: never written, written by a process that shares
// no descriptors with the reader, written by a call that may have been left out, or closed.
type flow struct {
	steps    []Step
	problems []string
	// later is what helpers that run meanwhile leave to who waits for them, by the cells with their numbers.
	later map[Cell]cells
}

// cells is the set of those that surely hold an open descriptor; nil is a place that is never reached.
type cells map[Cell]bool

// flowProblems follows a whole plan.
func flowProblems(p *Plan, join bool) []string {
	f := &flow{later: map[Cell]cells{}}
	have := wired(p, join)
	var after, guardian []Step
	for _, s := range p.Steps {
		switch s.Actor {
		case Launcher:
			have = f.step(&s, have)
		case After:
			after = append(after, s)
		case Guardian:
			guardian = append(guardian, s)
		default:
			f.steps = append(f.steps, s)
		}
	}
	f.process(0, maps.Clone(have))
	if len(guardian) > 0 {
		g := &flow{steps: guardian, later: map[Cell]cells{}}
		g.process(0, maps.Clone(have))
		f.problems = append(f.problems, g.problems...)
	}
	for i := range after {
		have = f.step(&after[i], have)
	}
	if p.Each != nil {
		f.problems = append(f.problems, eachProblems(p.Each)...)
	}
	return f.problems
}

// eachProblems follows a run of a sandbox that is kept. Its first process ends as an init, for which the records go on.
func eachProblems(each *Plan) []string {
	f := &flow{later: map[Cell]cells{}, steps: append(slices.Clone(each.Steps), Step{Actor: Builder, Does: "be", Object: "init", Calls: []Call{call("exit_group", n(0))}})}
	have := cells{}
	for c := CellJobByte; c < firstFreeCell; c++ {
		have[c] = true
	}
	f.process(0, have)
	return f.problems
}

// wired are the cells that the launcher fills.
func wired(p *Plan, join bool) cells {
	have := cells{CellLife: true, CellLifeWrite: true}
	for c, filled := range map[Cell]bool{
		CellStatus: p.Init, CellInit: p.Init || p.Each != nil, CellSocket: p.Each != nil, CellImage: p.Each != nil, CellSync: p.Maps != nil, CellGo: p.Maps != nil,
		CellTerminal: p.Terminal, CellNotify: p.Notify, CellTarget: join,
		CellBorn: p.Watched, CellWatched: p.Watched, CellGuardian: p.Watched, CellSandbox: p.Watched, CellSelf: p.Watched,
	} {
		if filled {
			have[c] = true
		}
	}
	return have
}

// process follows the process that takes step i, to its end; the steps of those
// it creates lie in between. It returns what its descriptors are in the end, and where.
func (f *flow) process(i int, have cells) (cells, int) {
	actor := f.steps[i].Actor
	for i < len(f.steps) && f.steps[i].Actor == actor {
		s := &f.steps[i]
		end := f.step(s, have)
		if i++; s.Fork {
			end, i = f.fork(s, i, end)
		}
		if end == nil {
			if i < len(f.steps) && f.steps[i].Actor == actor {
				f.problem(&f.steps[i], "comes after the end of its process")
			}
			return have, i
		}
		have = end
	}
	f.problem(&f.steps[i-1], "is the last of its process, and neither exec nor exit")
	return have, i
}

// fork follows the child of step s, which takes step i, and goes on with its creator.
func (f *flow) fork(s *Step, i int, have cells) (cells, int) {
	if i == len(f.steps) || f.steps[i].Actor == s.Actor {
		f.problem(s, "creates a process without steps")
		return have, i
	}
	set := cloneFlagsOf(s)
	left, next := f.process(i, maps.Clone(have))
	switch {
	case set&unix.CLONE_FILES == 0: // its descriptors are its own
	case set&unix.CLONE_VFORK != 0:
		have = left
	default:
		f.later[numberOf(s)] = left
	}
	return have, next
}

// numberOf is the cell that gets a new process's number, 0 for none.
func numberOf(s *Step) Cell {
	written := writtenIn(s.Calls[len(s.Calls)-1].Args)
	if len(written) == 0 {
		return 0
	}
	return written[0]
}

func cloneFlagsOf(s *Step) uint64 {
	b, _, _ := s.Calls[len(s.Calls)-1].Args[0].Data()
	return word(b, 0)
}

// step follows the calls of one step on every way through them.
func (f *flow) step(s *Step, have cells) cells {
	at := make([]cells, len(s.Calls)+1)
	at[0] = have
	for i := range s.Calls {
		if at[i] == nil {
			f.problem(s, s.Calls[i].Name+" is never reached")
			continue
		}
		c := &s.Calls[i]
		f.reads(s, c, at[i])
		if onSuccess := f.effect(c, at[i]); onSuccess != nil {
			to := place(c.Done, i, len(s.Calls))
			at[to] = meet(at[to], onSuccess)
		}
		if c.Allow != 0 {
			to := place(c.Leave, i, len(s.Calls))
			at[to] = meet(at[to], at[i])
		}
	}
	return at[len(s.Calls)]
}

func place(ends bool, i, end int) int {
	if ends {
		return end
	}
	return i + 1
}

// meet is what two ways to the same place have in common.
func meet(a, b cells) cells {
	if a == nil {
		return b
	}
	both := cells{}
	for c := range a {
		if b[c] {
			both[c] = true
		}
	}
	return both
}

// effect is what holds after a call that succeeded; nil if it does not return.
func (f *flow) effect(c *Call, have cells) cells {
	after := maps.Clone(have)
	switch c.Name {
	case "execve", "execveat", "exit_group":
		return nil
	case "close":
		if closed, ok := c.Args[0].CellRef(); ok {
			delete(after, closed)
		}
	case "wait4":
		number, ok := c.Args[0].CellRef()
		if !ok {
			number = 0 // any: the one without a number
		}
		maps.Copy(after, f.later[number])
		delete(f.later, number)
	}
	if c.Save != 0 {
		after[c.Save] = true
	}
	for _, written := range writtenIn(c.Args) {
		after[written] = true
	}
	return after
}

// writtenIn lists the cells to which arguments point, in structures too.
func writtenIn(args []Arg) []Cell {
	var found []Cell
	for _, a := range args {
		if c, ok := a.CellAddr(); ok {
			found = append(found, c)
		}
		_, fixes, _ := a.Data()
		for _, x := range fixes {
			found = append(found, writtenIn([]Arg{x.Arg})...)
		}
	}
	return found
}

func (f *flow) reads(s *Step, c *Call, have cells) {
	for _, read := range cellsIn(c.Args) {
		if !have[read] {
			f.problem(s, fmt.Sprintf("%s reads %s, which need not be there", c, read))
		}
	}
}

// cellsIn lists the cells that arguments read, in structures too. The one that
// a call writes to, by address, is no descriptor.
func cellsIn(args []Arg) []Cell {
	var found []Cell
	for _, a := range args {
		if c, ok := a.CellRef(); ok {
			found = append(found, c)
		}
		if c, ok := a.PathOf(); ok {
			found = append(found, c)
		}
		_, fixes, _ := a.Data()
		for _, x := range fixes {
			found = append(found, cellsIn([]Arg{x.Arg})...)
		}
	}
	return found
}

func (f *flow) problem(s *Step, what string) {
	text := fmt.Sprintf("%s %s %s: %s", s.Actor, s.Does, s.Object, what)
	if !slices.Contains(f.problems, text) {
		f.problems = append(f.problems, text)
	}
}
