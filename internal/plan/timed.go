package plan

import "golang.org/x/sys/unix"

// Timed adds to every step that can have one a note of the time at which it
// ended: Notes holds the first of the four cells of each, step by step; 0 for none.
// A step that may end early, or ends its process, has none, nor have the launcher's and the guardian's.
func (p *Plan) Timed() {
	p.Notes = make([]Cell, len(p.Steps))
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Actor == Launcher || s.Actor == Guardian || s.Actor == After || !s.endsHere() {
			continue
		}
		p.Notes[i] = Cell(p.Cells)
		p.Cells += 4
		s.Calls = append(s.Calls, p.getTime(cellAddress(p.Notes[i], "$time")))
	}
}

// getTime asks for the time by the clock that is the launcher's too.
func (p *Plan) getTime(to Arg) Call {
	if p.OwnMemory {
		return call("clock_gettime", num(unix.CLOCK_REALTIME, "CLOCK_REALTIME"), to)
	}
	return call("clock_gettime", num(unix.CLOCK_MONOTONIC, "CLOCK_MONOTONIC"), to)
}

// endsHere tells whether the process is sure to go on behind the step's last call.
func (s *Step) endsHere() bool {
	if s.Exec || s.Fork {
		return false
	}
	for i := range s.Calls {
		if c := &s.Calls[i]; c.Leave || c.Done || c.Name == "exit_group" || c.Name == "execveat" || c.Name == "seccomp" {
			return false
		}
	}
	return true
}
