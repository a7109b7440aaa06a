package launch

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"unsafe"

	"github.com/bulkhead/bulkhead/internal/plan"
)

const recordSize = unsafe.Sizeof(record{})

// program is a list of steps in the form that walk executes.
type program struct {
	records []record
	// origin tells for each record which step and call it came from.
	origin []origin
	// cells tells where each cell is: mostly in a table, but one that is part
	// of a structure is in that structure.
	cells  []uintptr
	placed map[*plan.Fix]uintptr
	// embedded are the cells in structures; twice is one that two of them want, which cannot be.
	embedded []plan.Cell
	twice    plan.Cell
	arena    arena
}

type origin struct {
	step *plan.Step
	call *plan.Call
}

// compile turns steps into records.
func compile(steps []*plan.Step, cells []uintptr) (*program, error) {
	return compileAt(steps, cells, 0)
}

// compileAt does it for a process that has the records, and behind them what
// they point to, at an address of its own; at 0, for one that shares our memory.
func compileAt(steps []*plan.Step, cells []uintptr, at uintptr) (*program, error) {
	calls, bytes := 0, 0
	for _, s := range steps {
		calls += len(s.Calls)
		for i := range s.Calls {
			bytes += sizeOf(s.Calls[i].Args)
		}
	}
	p := &program{records: make([]record, 0, calls), origin: make([]origin, 0, calls), cells: cells}
	p.arena.reserve(bytes)
	if at != 0 {
		p.arena.base = at + uintptr(calls+1)*recordSize
	}
	p.placeCells(steps)
	if p.twice != 0 {
		return nil, fmt.Errorf("bug: cell %s is part of two structures", p.twice)
	}
	for i, s := range steps {
		if err := p.add(s, forkSkip(steps, i)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// forkSkip counts the calls that a created process makes before its creator goes on.
func forkSkip(steps []*plan.Step, i int) uintptr {
	if !steps[i].Fork {
		return 0
	}
	skip := 0
	for _, s := range steps[i+1:] {
		if s.Actor == steps[i].Actor {
			break
		}
		skip += len(s.Calls)
	}
	return uintptr(skip) * recordSize
}

func (p *program) add(s *plan.Step, fork uintptr) error {
	for i := range s.Calls {
		c := &s.Calls[i]
		nr, ok := numberOf(c.Name)
		if !ok {
			return fmt.Errorf("bug: no number for system call %s", c.Name)
		}
		r := record{nr: nr, allow: uintptr(c.Allow), again: uintptr(c.Again)}
		rest := uintptr(len(s.Calls)-1-i) * recordSize
		if c.Leave {
			r.skip = rest
		}
		if c.Done {
			r.done = rest
		}
		if s.Fork && i == len(s.Calls)-1 {
			r.fork = max(fork, 1)
		}
		if c.Save != 0 {
			r.save = p.cell(c.Save)
		}
		for j, a := range c.Args {
			p.argument(&r, j, a)
		}
		p.records = append(p.records, r)
		p.origin = append(p.origin, origin{s, c})
	}
	return nil
}

// argument encodes one argument of a call.
func (p *program) argument(r *record, i int, a plan.Arg) {
	if c, ok := a.CellRef(); ok {
		r.args[i] = p.cell(c)
		r.refs |= 1 << i
		return
	}
	r.args[i] = p.value(a)
}

// value is the register content for an argument that is no cell.
func (p *program) value(a plan.Arg) uintptr {
	if n, ok := a.Number(); ok {
		return uintptr(n)
	}
	if s, ok := a.Str(); ok {
		return p.arena.str(s)
	}
	if v, ok := a.Vec(); ok {
		return p.vector(v)
	}
	if c, ok := a.CellAddr(); ok {
		return p.cell(c)
	}
	if c, ok := a.PathOf(); ok {
		return p.arena.str(plan.FDDir + strconv.Itoa(int(load(p.cells[c]))))
	}
	return p.structure(a)
}

func (p *program) structure(a plan.Arg) uintptr {
	b, fixes, _ := a.Data()
	if len(fixes) > 0 {
		if addr, ok := p.placed[&fixes[0]]; ok {
			return addr
		}
	}
	place, addr := p.arena.bytes(b)
	for i := range fixes {
		p.fix(place, addr, &fixes[i])
	}
	return addr
}

// placeCells puts the cells that are part of structures into these, before any
// record mentions them.
func (p *program) placeCells(steps []*plan.Step) {
	for _, s := range steps {
		for i := range s.Calls {
			for _, a := range s.Calls[i].Args {
				if _, fixes, ok := a.Data(); ok && len(fixes) > 0 {
					addr := p.structure(a)
					if p.placed == nil {
						p.placed = map[*plan.Fix]uintptr{}
					}
					p.placed[&fixes[0]] = addr
				}
			}
		}
	}
}

// fix fills a pointer into a structure, or makes a place in it the cell's.
func (p *program) fix(place []byte, addr uintptr, f *plan.Fix) {
	if c, ok := f.Arg.CellRef(); ok {
		if slices.Contains(p.embedded, c) {
			p.twice = c
		}
		p.embedded = append(p.embedded, c)
		if p.arena.base == 0 {
			binary.NativeEndian.PutUint32(place[f.Offset:], uint32(load(p.cells[c])))
		}
		p.cells[c] = addr + uintptr(f.Offset)
		return
	}
	binary.NativeEndian.PutUint64(place[f.Offset:], uint64(p.value(f.Arg)))
}

func (p *program) vector(v []string) uintptr {
	place, addr := p.arena.bytes(string(make([]byte, 8*(len(v)+1))))
	for i, s := range v {
		binary.NativeEndian.PutUint64(place[8*i:], uint64(p.arena.str(s)))
	}
	return addr
}

func (p *program) cell(c plan.Cell) uintptr { return p.cells[c] }

// load reads a cell.
func load(addr uintptr) int32 { return *(*int32)(ptr(addr)) }

// store writes a cell.
func store(addr uintptr, v int32) { *(*int32)(ptr(addr)) = v }

// ptr is a pointer into memory that the program keeps alive.
func ptr(addr uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&addr)) }
