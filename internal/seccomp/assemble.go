package seccomp

import "slices"

// assembler writes a program backwards, from its end: whatever an instruction
// jumps to is then already in place.
type assembler struct {
	// code in reverse order.
	code []Insn
	// entries are where a node begins; bodies where it begins for a jump that
	// comes with the tested word already loaded.
	entries, bodies map[*node]label
	// loads marks the nodes that some jump reaches without their word.
	loads map[*node]bool
}

// label is a place: the number of instructions from it to the program's end.
type label int

// farthest is the longest conditional jump, less one instruction that may slip in.
const farthest = 255 - 1

// assemble writes the program that starts at a node.
func assemble(start *node) Program {
	a := &assembler{entries: map[*node]label{}, bodies: map[*node]label{}, loads: map[*node]bool{start: true}}
	a.mark(start, map[*node]bool{})
	a.write(start)
	slices.Reverse(a.code)
	return a.code
}

// mark finds the nodes that must load their word themselves.
func (a *assembler) mark(n *node, seen map[*node]bool) {
	if n.then == nil || seen[n] {
		return
	}
	seen[n] = true
	for _, to := range [...]*node{n.then, n.other} {
		if !n.primes(to) {
			a.loads[to] = true
		}
		a.mark(to, seen)
	}
}

// primes tells whether a jump from n finds the word that the other node tests in the accumulator.
func (n *node) primes(to *node) bool {
	return to.then != nil && n.word == to.word && n.mask == to.mask
}

// write places a node after (in the program: before) all that it leads to.
func (a *assembler) write(n *node) {
	if _, done := a.bodies[n]; done {
		return
	}
	if n.then == nil {
		a.place(n, Insn{Code: opReturn, K: uint32(n.action)})
		return
	}
	a.write(n.other)
	a.write(n.then)
	then := a.near(n, n.then)
	other := a.near(n, n.other)
	a.place(n, Insn{Code: n.op, JT: a.distance(then), JF: a.distance(other), K: n.k})
}

// place emits a node's body and, where needed, the load before it.
func (a *assembler) place(n *node, body Insn) {
	a.bodies[n] = a.emit(body)
	a.entries[n] = a.bodies[n]
	if n.then == nil || !a.loads[n] {
		return
	}
	if n.mask != allBits {
		a.emit(Insn{Code: opAnd, K: n.mask})
	}
	a.entries[n] = a.emit(Insn{Code: opLoad, K: n.word})
}

func (a *assembler) emit(i Insn) label {
	a.code = append(a.code, i)
	return label(len(a.code))
}

func (a *assembler) distance(to label) uint8 { return uint8(len(a.code) - int(to)) }

// near gives a place that leads to a node and is within reach of a conditional
// jump: the node itself, or a stepping stone, which later jumps then use too.
func (a *assembler) near(from, to *node) label {
	places := a.entries
	if from.primes(to) {
		places = a.bodies
	}
	if far := len(a.code) - int(places[to]); far > farthest {
		step := Insn{Code: opJump, K: uint32(far)}
		if to.then == nil {
			step = Insn{Code: opReturn, K: uint32(to.action)}
		}
		places[to] = a.emit(step)
	}
	return places[to]
}
