package seccomp

import "testing"

// mustRun is run for programs that must be sound.
func (p Program) mustRun(t testing.TB, d Data) Action {
	t.Helper()
	a, err := p.Evaluate(d)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestInterpreter holds the interpreter to hand-made programs: all other tests lean on it.
func TestInterpreter(t *testing.T) {
	end := Insn{Code: opReturn, K: uint32(Kill)}
	for _, c := range []struct {
		name    string
		program Program
		want    Action
		broken  bool
	}{
		{"return", Program{{Code: opReturn, K: uint32(Allow)}}, Allow, false},
		{"number", Program{{Code: opLoad, K: 0}, {Code: opEqual, JF: 1, K: 7}, {Code: opReturn, K: uint32(Log)}, end}, Log, false},
		{"argument", Program{{Code: opLoad, K: 20}, {Code: opEqual, JF: 1, K: 1}, {Code: opReturn, K: uint32(Trap)}, end}, Trap, false},
		{"masked", Program{{Code: opLoad, K: 16}, {Code: opAnd, K: 0xf0}, {Code: opAbove, JT: 1, K: 0x1f}, end, {Code: opReturn, K: 1}}, 1, false},
		{"jump", Program{{Code: opJump, K: 1}, end, {Code: opReturn, K: 2}}, 2, false},
		{"bits", Program{{Code: opLoad, K: 16}, {Code: opAny, JT: 1, K: 2}, end, {Code: opReturn, K: 3}}, 3, false},
		{"at least", Program{{Code: opLoad, K: 0}, {Code: opAtLeast, JT: 1, K: 7}, end, {Code: opReturn, K: 4}}, 4, false},
		{"no end", Program{{Code: opLoad, K: 0}}, 0, true},
		{"outside", Program{{Code: opLoad, K: 64}, end}, 0, true},
		{"unknown", Program{{Code: 0xff}, end}, 0, true},
	} {
		got, err := c.program.Evaluate(Data{Number: 7, Arguments: [6]uint64{1<<32 | 0x22}})
		if got != c.want || (err != nil) != c.broken {
			t.Errorf("%s: got %v, %v", c.name, got, err)
		}
	}
}

// checkSound holds a program to what the kernel demands at installation.
func checkSound(t testing.TB, p Program) {
	t.Helper()
	if len(p) == 0 || len(p) > MaxInsns {
		t.Fatalf("%d instructions", len(p))
	}
	for at, i := range p {
		last := at
		switch i.Code {
		case opJump:
			last += 1 + int(i.K)
		case opEqual, opAbove, opAtLeast, opAny:
			last += 1 + int(max(i.JT, i.JF))
		}
		if last >= len(p) {
			t.Fatalf("instruction %d of %d jumps to %d", at, len(p), last)
		}
	}
	if end := p[len(p)-1]; end.Code != opReturn {
		t.Fatalf("the last instruction is %#x", end.Code)
	}
}
