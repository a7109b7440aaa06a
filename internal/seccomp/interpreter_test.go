package seccomp

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// data is struct seccomp_data.
type data struct {
	number    uint32
	audit     uint32
	arguments [6]uint64
}

func (d data) bytes() []byte {
	b := binary.LittleEndian.AppendUint32(nil, d.number)
	b = binary.LittleEndian.AppendUint32(b, d.audit)
	b = binary.LittleEndian.AppendUint64(b, 0)
	for _, a := range d.arguments {
		b = binary.LittleEndian.AppendUint64(b, a)
	}
	return b
}

// run interprets a program as the kernel does.
func (p Program) run(d data) (Action, error) {
	memory := d.bytes()
	var a uint32
	for at := 0; at < len(p); at++ {
		i := p[at]
		jump := map[bool]uint8{true: i.JT, false: i.JF}
		switch i.Code {
		case opLoad:
			if i.K%4 != 0 || int(i.K)+4 > len(memory) {
				return 0, fmt.Errorf("instruction %d loads at %d", at, i.K)
			}
			a = binary.LittleEndian.Uint32(memory[i.K:])
		case opAnd:
			a &= i.K
		case opJump:
			at += int(i.K)
		case opEqual:
			at += int(jump[a == i.K])
		case opAbove:
			at += int(jump[a > i.K])
		case opAtLeast:
			at += int(jump[a >= i.K])
		case opAny:
			at += int(jump[a&i.K != 0])
		case opReturn:
			return Action(i.K), nil
		default:
			return 0, fmt.Errorf("instruction %d has code %#x", at, i.Code)
		}
	}
	return 0, fmt.Errorf("the program of %d instructions has no end", len(p))
}

// mustRun is run for programs that must be sound.
func (p Program) mustRun(t testing.TB, d data) Action {
	t.Helper()
	a, err := p.run(d)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// constantly tells whether the kernel finds at installation that a call is always allowed: it looks at number and ABI only.
func (p Program) constantly(number, audit uint32) bool {
	var a uint32
	for at := 0; at < len(p); at++ {
		i := p[at]
		jump := map[bool]uint8{true: i.JT, false: i.JF}
		switch i.Code {
		case opLoad:
			switch i.K {
			case offsetNumber:
				a = number
			case offsetArch:
				a = audit
			default:
				return false
			}
		case opAnd:
			a &= i.K
		case opJump:
			at += int(i.K)
		case opEqual:
			at += int(jump[a == i.K])
		case opAbove:
			at += int(jump[a > i.K])
		case opAtLeast:
			at += int(jump[a >= i.K])
		case opAny:
			at += int(jump[a&i.K != 0])
		case opReturn:
			return Action(i.K) == Allow
		}
	}
	return false
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
		got, err := c.program.run(data{number: 7, arguments: [6]uint64{1<<32 | 0x22}})
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
