package plan

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

// descriptors is a model of a process's table: which file is where, and what exec closes.
type descriptors struct {
	file    map[int]string
	cloexec map[int]bool
	cells   map[Cell]int
}

// value is what the kernel gets for an argument.
func (d *descriptors) value(a Arg) int {
	if c, ok := a.CellRef(); ok {
		return d.cells[c]
	}
	v, _ := a.Number()
	return int(v)
}

// run makes one call as the kernel would.
func (d *descriptors) run(c *Call) error {
	args := [3]int{}
	for i, a := range c.Args[:min(3, len(c.Args))] {
		args[i] = d.value(a)
	}
	if _, open := d.file[args[0]]; !open && c.Name != "close_range" {
		return fmt.Errorf("%s: %d is not open", c, args[0])
	}
	switch {
	case c.Name == "fcntl" && args[1] == unix.F_DUPFD_CLOEXEC:
		return d.duplicate(args[0], args[2], c.Save)
	case c.Name == "fcntl" && args[1] == unix.F_SETFD:
		d.cloexec[args[0]] = false
	case c.Name == "dup3" && args[0] != args[1]:
		d.file[args[1]], d.cloexec[args[1]] = d.file[args[0]], false
	case c.Name == "close_range" && args[2] == unix.CLOSE_RANGE_CLOEXEC:
		for fd := range d.file {
			d.cloexec[fd] = d.cloexec[fd] || fd >= args[0] && fd <= args[1]
		}
	default:
		return fmt.Errorf("%s: not in the model", c)
	}
	return nil
}

func (d *descriptors) duplicate(fd, least int, save Cell) error {
	for d.file[least] != "" {
		least++
	}
	d.file[least], d.cloexec[least], d.cells[save] = d.file[fd], true, least
	return nil
}

// afterExec is what the program gets.
func (d *descriptors) afterExec() map[int]string {
	left := map[int]string{}
	for fd, file := range d.file {
		if !d.cloexec[fd] {
			left[fd] = file
		}
	}
	return left
}

// Whatever goes where, the program gets exactly what it is to get.
func TestDescriptors(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		const highest = 14
		d := descriptors{file: map[int]string{}, cloexec: map[int]bool{}, cells: map[Cell]int{}}
		for fd := range highest {
			d.file[fd], d.cloexec[fd] = fmt.Sprint("file ", fd), r.IntN(2) == 0
		}
		d.file[64] = "passed high"
		in := asUser()
		in.run.Stdin, in.run.Stdout, in.run.Stderr = r.IntN(highest), r.IntN(highest), r.IntN(highest)
		in.run.Pass = map[int]int{}
		for range r.IntN(5) {
			in.run.Pass[3+r.IntN(highest)] = r.IntN(highest)
		}
		if r.IntN(4) == 0 {
			in.run.Pass[64] = 64 // under its own number, as all that package sandbox passes
		}
		want := map[int]string{0: d.file[in.run.Stdin], 1: d.file[in.run.Stdout], 2: d.file[in.run.Stderr]}
		for inside, fd := range in.run.Pass {
			want[inside] = d.file[fd]
		}
		for _, c := range one(t, in.mustPlan(t), "set descriptors").Calls {
			if err := d.run(&c); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		if got := d.afterExec(); !maps.Equal(got, want) {
			t.Fatalf("seed %d: %v become %v, want %v", seed, in.run, got, want)
		}
	}
}

// With a terminal all three are its slave.
func TestTerminalDescriptors(t *testing.T) {
	in := asUser()
	in.decode(t, `{"terminal": true}`)
	p := in.mustPlan(t)
	slave := one(t, p, "open a terminal").Calls[2].Save
	for i, c := range one(t, p, "set descriptors").Calls[:3] {
		from, _ := c.Args[0].CellRef()
		if to, _ := c.Args[1].Number(); c.Name != "dup3" || from != slave || to != int64(i) {
			t.Errorf("%s, want dup3(%s, %d)", &c, slave, i)
		}
	}
	size, _, _ := one(t, p, "open a terminal").Calls[3].Args[2].Data()
	if word(size, 0) != 24|80<<16 {
		t.Errorf("window size %#x", word(size, 0))
	}
}
