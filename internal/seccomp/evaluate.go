package seccomp

import (
	"errors"
	"fmt"
	"slices"
)

// Data is a system call as a filter sees it: struct seccomp_data of linux/seccomp.h.
type Data struct {
	Number uint32
	// Audit says by which ABI the call is made; see [ABI.Audit].
	Audit     uint32
	Arguments [6]uint64
}

// word is what a load at this offset gets.
func (d *Data) word(offset uint32) (uint32, error) {
	switch argument := (offset - offsetArguments) / 8; {
	case offset%4 != 0 || offset >= offsetArguments+6*8:
		return 0, fmt.Errorf("a load at %d", offset)
	case offset == offsetNumber:
		return d.Number, nil
	case offset == offsetArch:
		return d.Audit, nil
	case offset < offsetArguments:
		return 0, nil // the instruction pointer, which no program of ours asks for
	case offset%8 == 0:
		return uint32(d.Arguments[argument]), nil
	default:
		return uint32(d.Arguments[argument] >> 32), nil
	}
}

// Evaluate runs the program as the kernel does. The error is for programs that the kernel would not take.
func (p Program) Evaluate(d Data) (Action, error) {
	return p.interpret(d.word)
}

var errLooksAtArguments = errors.New("the program looks at an argument")

// ConstantlyAllows tells whether the kernel finds at installation that it need not run the program for a call.
//
// FACT - since 5.11 (kernel/seccomp.c, seccomp_is_const_allow) - the kernel runs the program for each number with nothing but number
// and ABI, and gives up at the first load of an argument - a call that is allowed whatever its arguments costs nothing - below, every call runs the program.
func (p Program) ConstantlyAllows(number, audit uint32) bool {
	d := Data{Number: number, Audit: audit}
	action, err := p.interpret(func(offset uint32) (uint32, error) {
		if offset >= offsetArguments {
			return 0, errLooksAtArguments
		}
		return d.word(offset)
	})
	return err == nil && action == Allow
}

// interpret runs the program on words from somewhere. No program is no filter.
func (p Program) interpret(load func(offset uint32) (uint32, error)) (Action, error) {
	if len(p) == 0 {
		return Allow, nil
	}
	var a uint32
	for at := 0; at < len(p); at++ {
		var err error
		switch i := p[at]; i.Code {
		case opReturn:
			return Action(i.K), nil
		case opLoad:
			a, err = load(i.K)
		case opAnd:
			a &= i.K
		default:
			var skipped int
			skipped, err = i.skips(a)
			at += skipped
		}
		if err != nil {
			return 0, fmt.Errorf("instruction %d: %w", at, err)
		}
	}
	return 0, fmt.Errorf("the program of %d instructions has no end", len(p))
}

// skips is how many instructions a jump leaves out.
func (i Insn) skips(a uint32) (int, error) {
	var holds bool
	switch i.Code {
	case opJump:
		return int(i.K), nil
	case opEqual:
		holds = a == i.K
	case opAbove:
		holds = a > i.K
	case opAtLeast:
		holds = a >= i.K
	case opAny:
		holds = a&i.K != 0
	default:
		return 0, fmt.Errorf("the code %#x is unknown", i.Code)
	}
	if holds {
		return int(i.JT), nil
	}
	return int(i.JF), nil
}

// Outcomes lists what may happen to a call of which only some arguments are known.
func (p Program) Outcomes(d Data, known [6]bool) []Action {
	if len(p) == 0 {
		return []Action{Allow}
	}
	s := outcomes{program: p, data: d, known: known, seen: map[place]bool{}}
	s.from(place{sure: true})
	slices.Sort(s.found)
	return slices.Compact(s.found)
}

// outcomes goes every way through a program that the known words leave open.
type outcomes struct {
	program Program
	data    Data
	known   [6]bool
	seen    map[place]bool
	found   []Action
}

// place is a point in a program, with what is known of the accumulator.
type place struct {
	at   int
	a    uint32
	sure bool
}

func (s *outcomes) from(p place) {
	for ; p.at < len(s.program) && !s.seen[p]; p.at++ {
		s.seen[p] = true
		switch i := s.program[p.at]; {
		case i.Code == opReturn:
			s.found = append(s.found, Action(i.K))
			return
		case i.Code == opLoad:
			p.a, _ = s.data.word(i.K)
			p.sure = i.K < offsetArguments || s.known[(i.K-offsetArguments)/8]
		case i.Code == opAnd:
			p.a &= i.K
		case p.sure || i.Code == opJump:
			skipped, _ := i.skips(p.a)
			p.at += skipped
		default:
			s.from(place{p.at + 1 + int(i.JT), p.a, false})
			p.at += int(i.JF)
		}
		if !p.sure {
			p.a = 0 // one unknown word is as good as another
		}
	}
}
