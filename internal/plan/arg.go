package plan

import (
	"encoding/binary"
	"strconv"
	"strings"
	"syscall"
)

// num is a number, shown by its symbol.
func num(n int64, text string) Arg { return Arg{num: n, Text: text} }

// n is a plain number.
func n(v int64) Arg { return Arg{num: v} }

// str points to a NUL-terminated string.
func str(s string) Arg { return Arg{kind: argStr, str: s} }

// cell is a result saved by an earlier call.
func cell(c Cell) Arg { return Arg{kind: argCell, num: int64(c)} }

// cellAddress points to a cell.
func cellAddress(c Cell, text string) Arg { return Arg{kind: argCellAddr, num: int64(c), Text: text} }

// pathOf is the path of a descriptor that the launcher has opened: its number
// must be known when the plan is made ready, before the builder exists.
func pathOf(c Cell) Arg { return Arg{kind: argPathOf, num: int64(c)} }

// data points to a structure, shown by text.
func data(b string, text string, fix ...Fix) Arg {
	a := Arg{kind: argData, str: b, Text: text}
	if len(fix) > 0 {
		a.more = &more{fix: fix}
	}
	return a
}

// vec points to a NULL-terminated vector of strings, such as argv.
func vec(v []string) Arg { return Arg{kind: argVec, more: &more{vec: v}} }

// flags is a set of bits, shown by their names.
func flags(set uint64, as shower) Arg { return Arg{num: int64(set), show: as} }

// at places an argument into a structure.
func at(offset int, a Arg) Fix { return Fix{Offset: offset, Arg: a} }

// words is a structure of 64-bit words.
func words(w ...uint64) string {
	b := make([]byte, 0, 8*11)
	for _, x := range w {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	return string(b)
}

// call is a system call with no special treatment.
func call(name string, args ...Arg) Call { return Call{Name: name, Args: args} }

// into saves the result of c.
func (c Call) into(dst Cell) Call { c.Save = dst; return c }

// allow tolerates errnos and goes on with the next call.
func (c Call) allow(errs ...syscall.Errno) Call { c.Allow = set(errs); return c }

// unless tolerates errnos and ends the step there.
func (c Call) unless(errs ...syscall.Errno) Call { c.Allow, c.Leave = set(errs), true; return c }

// set is a bit set of errnos.
func set(errs []syscall.Errno) uint64 {
	var bits uint64
	for _, e := range errs {
		bits |= 1 << e
	}
	return bits
}

// String shows a call the way strace would: the result's cell, name, arguments.
func (c Call) String() string {
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = a.String()
	}
	s := c.Name + "(" + strings.Join(args, ", ") + ")"
	if c.Save != 0 {
		s = c.Save.String() + " = " + s
	}
	return s
}

// longest string shown whole.
const shown = 120

// String shows the argument by its symbol, string or cell.
func (a Arg) String() string {
	switch {
	case a.Text != "":
		return a.Text
	case a.kind == argCell:
		return Cell(a.num).String()
	case a.kind == argPathOf:
		return `"` + FDDir + Cell(a.num).String() + `"`
	case a.kind == argStr:
		return quoted(a.str)
	case a.kind == argVec:
		return vector(a.more.vec)
	}
	return a.show.text(a.num, a.str)
}

func quoted(s string) string {
	if len(s) > shown {
		return strconv.Quote(s[:shown]) + "..."
	}
	return strconv.Quote(s)
}

func vector(v []string) string {
	parts := make([]string, 0, len(v))
	for i, s := range v {
		if i == 8 {
			parts = append(parts, "...")
			break
		}
		parts = append(parts, quoted(s))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// String names the cell in printed plans.
func (c Cell) String() string {
	switch c {
	case CellStatus:
		return "$status"
	case CellInit:
		return "$init"
	case CellLife, CellLifeWrite:
		return "$launcher"
	case CellSync:
		return "$sync"
	case CellGo:
		return "$go"
	case CellTerminal:
		return "$terminal"
	case CellTarget:
		return "$target"
	case CellNotify:
		return "$notify"
	case CellBorn:
		return "$born"
	case CellWatched:
		return "$watched"
	case CellGuardian:
		return "$guardian"
	case CellSandbox:
		return "$sandbox"
	case CellSelf:
		return "$self"
	case CellSocket:
		return "$socket"
	case CellImage:
		return "$image"
	case CellReady:
		return "$ready"
	}
	if c < firstFreeCell {
		return "$job" + strconv.Itoa(int(c-CellJobByte))
	}
	return "$" + strconv.Itoa(int(c-firstFreeCell)+1)
}

// String shows the call that creates the builder.
func (c CloneArgs) String() string { return "clone3({flags=" + join(c.Flags, cloneFlags[:]) + "})" }
