package plan

import "golang.org/x/sys/unix"

// Timed adds to every step that is not an exec a note of the time at which it
// ended, and returns the first of the four cells of each note, step by step; 0 for none.
func (p *Plan) Timed() []Cell {
	notes := make([]Cell, len(p.Steps))
	for i := range p.Steps {
		s := &p.Steps[i]
		last := s.Calls[len(s.Calls)-1]
		if s.Exec || s.Fork || last.Name == "exit_group" || last.Name == "execveat" || s.Actor == Launcher || s.Actor == After {
			continue
		}
		for j := range s.Calls {
			if s.Calls[j].Leave || s.Calls[j].Done {
				last.Name = ""
			}
		}
		if last.Name == "" {
			continue
		}
		notes[i] = Cell(p.Cells)
		p.Cells += 4
		s.Calls = append(s.Calls, call("clock_gettime", num(unix.CLOCK_MONOTONIC, "CLOCK_MONOTONIC"), cellAddress(notes[i], "$time")))
	}
	return notes
}
