package seccomp

import (
	"fmt"
	"strings"
)

// Disassemble prints the program, an instruction a line, with the names of calls, ABIs and actions.
func (p Program) Disassemble() string {
	var b strings.Builder
	views := p.views()
	for at, i := range p {
		fmt.Fprintf(&b, "%4d  %s\n", at, views[at].text(at, i))
	}
	return b.String()
}

// view is what is known at an instruction, whichever way leads to it: the word in the accumulator, and the ABI.
type view struct {
	word    uint32
	masked  string
	on      ABI
	visited bool
}

// views follows the jumps, which all lead forward.
func (p Program) views() []view {
	list := make([]view, len(p)+1)
	for at, i := range p {
		v := list[at]
		switch i.Code {
		case opLoad:
			v.word, v.masked = i.K, ""
		case opAnd:
			v.masked = fmt.Sprintf(" & %#x", i.K)
		}
		for _, to := range i.targets(at) {
			next := v
			if to == at+1+int(i.JT) && i.Code == opEqual && v.word == offsetArch {
				next.on = abiOf(i.K)
			}
			if to < len(list) && !list[to].visited {
				next.visited = true
				list[to] = next
			}
		}
	}
	return list
}

// targets are the instructions that may come next.
func (i Insn) targets(at int) []int {
	switch i.Code {
	case opReturn:
		return nil
	case opJump:
		return []int{at + 1 + int(i.K)}
	case opLoad, opAnd:
		return []int{at + 1}
	}
	return []int{at + 1 + int(i.JT), at + 1 + int(i.JF)}
}

// abiOf is the ABI with this audit word; x32 has that of amd64.
func abiOf(audit uint32) ABI {
	b, _ := CallOf(audit, 0)
	return b
}

func (v view) text(at int, i Insn) string {
	switch i.Code {
	case opReturn:
		return "return " + Action(i.K).String()
	case opJump:
		return fmt.Sprintf("jump %d", at+1+int(i.K))
	case opLoad:
		return "load " + wordName(i.K)
	case opAnd:
		return fmt.Sprintf("keep %#x", i.K)
	}
	sign := map[uint16]string{opEqual: "==", opAbove: ">", opAtLeast: ">=", opAny: "&"}[i.Code]
	return fmt.Sprintf("if %s%s %s %s then %d else %d", wordName(v.word), v.masked, sign, v.constant(i.K), at+1+int(i.JT), at+1+int(i.JF))
}

// wordName names a word of seccomp_data.
func wordName(offset uint32) string {
	switch {
	case offset == offsetNumber:
		return "number"
	case offset == offsetArch:
		return "abi"
	case offset < offsetArguments:
		return fmt.Sprintf("word %d", offset)
	}
	half := "low"
	if offset%8 != 0 {
		half = "high"
	}
	return fmt.Sprintf("arg%d.%s", (offset-offsetArguments)/8, half)
}

// constant is a number in the terms of what it is compared with.
func (v view) constant(k uint32) string {
	switch v.word {
	case offsetArch:
		return string(abiOf(k))
	case offsetNumber:
		if name := v.on.name(k); name != "" {
			return fmt.Sprintf("%d (%s)", k, name)
		}
		return fmt.Sprint(k)
	}
	return fmt.Sprintf("%#x", k)
}
