package launch

import (
	"encoding/binary"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// compiled turns steps into records, or fails.
func compiled(t *testing.T, steps ...plan.Step) (*program, []uintptr) {
	t.Helper()
	cells := someCells(t, enough)
	list := make([]*plan.Step, len(steps))
	for i := range steps {
		list[i] = &steps[i]
	}
	p, err := compile(list, cells)
	if err != nil {
		t.Fatal(err)
	}
	return p, cells
}

func bytesAt(addr uintptr, n int) []byte { return unsafe.Slice((*byte)(ptr(addr)), n) }

func stringAt(addr uintptr) string { return unix.BytePtrToString((*byte)(ptr(addr))) }

// A record for each call, with what it does after success and failure.
func TestCompile(t *testing.T) {
	c, ref := freeCell(t, 0)
	first := did("try",
		plan.Call{Name: "openat", Args: []plan.Arg{atCWD(t), text(t, "/a"), {}, {}}, Save: c, Allow: 1<<2 | 1<<63, Done: true},
		plan.Call{Name: "fcntl", Args: []plan.Arg{count(t, 7), count(t, -1)}, Allow: 1 << 13, Leave: true},
		made("close", ref))
	p, cells := compiled(t, first, did("end", made("setsid")))
	if len(p.records) != 4 || len(p.origin) != 4 {
		t.Fatalf("%d records with %d origins, want 4", len(p.records), len(p.origin))
	}
	open, fcntl, closes := p.records[0], p.records[1], p.records[2]
	if open.nr != unix.SYS_OPENAT || int(open.args[0]) != unix.AT_FDCWD || stringAt(open.args[1]) != "/a" || open.args[2] != 0 || open.refs != 0 {
		t.Errorf("openat: %+v", open)
	}
	if open.save != cells[c] || open.allow != 1<<2|1<<63 || open.skip != 0 || open.done != 2*recordSize || open.fork != 0 {
		t.Errorf("openat goes on wrongly: %+v", open)
	}
	if fcntl.args[0] != 7 || fcntl.args[1] != ^uintptr(0) || fcntl.save != 0 || fcntl.allow != 1<<13 || fcntl.skip != recordSize || fcntl.done != 0 {
		t.Errorf("fcntl: %+v", fcntl)
	}
	if closes.refs != 1 || closes.args[0] != cells[c] || closes.allow != 0 {
		t.Errorf("close: %+v", closes)
	}
	if o := p.origin[1]; o.step.Does != "try" || o.call.Name != "fcntl" {
		t.Errorf("record 1 comes from %s, %s", o.step.Does, o.call.Name)
	}
	for i := range p.records {
		if got := p.index(uintptr(unsafe.Pointer(&p.records[i]))); got != i {
			t.Errorf("index of record %d is %d", i, got)
		}
	}
}

// A reference to a cell is marked at its own position, whichever that is.
func TestCompileReferences(t *testing.T) {
	c, ref := freeCell(t, 0)
	for i := range 6 {
		args := make([]plan.Arg, i+1)
		args[i] = ref
		p, cells := compiled(t, did("read", made("prctl", args...)))
		if r := p.records[0]; r.refs != 1<<i || r.args[i] != cells[c] {
			t.Errorf("argument %d: %+v", i, r)
		}
	}
}

// The creator of a process skips the records of the one it creates.
func TestCompileForks(t *testing.T) {
	by := func(a plan.Actor, calls int) plan.Step {
		return plan.Step{Actor: a, Does: "act", Calls: make([]plan.Call, calls)}
	}
	steps := []plan.Step{by(plan.Builder, 2), by(plan.Helper, 3), by(plan.Helper, 1), by(plan.Builder, 1), by(plan.Program, 2)}
	steps[0].Fork, steps[3].Fork = true, true
	for i := range steps {
		for j := range steps[i].Calls {
			steps[i].Calls[j].Name = "setsid"
		}
	}
	p, _ := compiled(t, steps...)
	for i, want := range []uintptr{0, 4 * recordSize, 0, 0, 0, 0, 2 * recordSize, 0, 0} {
		if got := p.records[i].fork; got != want {
			t.Errorf("record %d skips %d bytes, want %d", i, got, want)
		}
	}
}

// Even one whose creation is the last thing done is told from other calls.
func TestCompileForkAtTheEnd(t *testing.T) {
	s := did("create", made("clone3"))
	s.Fork = true
	if p, _ := compiled(t, s); p.records[0].fork == 0 {
		t.Error("the record is not marked")
	}
}

// A cell that is part of a structure is in that structure, for all who use it.
func TestCompileEmbeddedCells(t *testing.T) {
	structure, c, ref := embedding(t)
	p, cells := compiled(t,
		did("save", plan.Call{Name: "openat", Save: c}),
		did("use", made("landlock_add_rule", plan.Arg{}, plan.Arg{}, structure), made("close", ref)))
	addr := p.records[1].args[2]
	if addr%8 != 0 {
		t.Errorf("the structure is at %#x, which is no multiple of 8", addr)
	}
	for what, place := range map[string]uintptr{"the table": cells[c], "the saving record": p.records[0].save, "the reading record": p.records[2].args[0]} {
		if place != addr+8 {
			t.Errorf("%s has the cell at %#x, the structure is at %#x", what, place, addr)
		}
	}
	store(cells[c], -2)
	if got := int32(binary.NativeEndian.Uint32(bytesAt(addr+8, 4))); got != -2 {
		t.Errorf("the structure holds %d, want -2", got)
	}
	b, _, _ := structure.Data()
	if string(bytesAt(addr, 8)) != b[:8] {
		t.Errorf("the structure begins with %x, want %x", bytesAt(addr, 8), b[:8])
	}
}

// A value from before the program is compiled comes along.
func TestCompileKeepsTheValueOfAnEmbeddedCell(t *testing.T) {
	structure, c, _ := embedding(t)
	cells := someCells(t, enough)
	store(cells[c], 77)
	s := did("use", made("landlock_add_rule", structure))
	p, err := compile([]*plan.Step{&s}, cells)
	if err != nil {
		t.Fatal(err)
	}
	if got := load(p.records[0].args[0] + 8); got != 77 {
		t.Errorf("the structure holds %d, want 77", got)
	}
}

func TestCompileRefuses(t *testing.T) {
	structure, _, _ := embedding(t)
	another, _, _ := embedding(t) // with the same cell
	for want, s := range map[string]plan.Step{
		"part of two structures":       did("use", made("landlock_add_rule", structure), made("landlock_add_rule", another)),
		"no number for system call no": did("use", made("no")),
	} {
		cells := someCells(t, enough)
		if _, err := compile([]*plan.Step{&s}, cells); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "bug: ") {
			t.Errorf("%v, want one with %q", err, want)
		}
	}
}

func TestCompileVectors(t *testing.T) {
	p, _ := compiled(t, did("run", made("execve", text(t, "/x"), texts(t, "a", "", "b c"), texts(t))))
	argv := unsafe.Slice((*uintptr)(ptr(p.records[0].args[1])), 4)
	if stringAt(argv[0]) != "a" || stringAt(argv[1]) != "" || stringAt(argv[2]) != "b c" || argv[3] != 0 {
		t.Errorf("argv %x", argv)
	}
	if p.records[0].args[1]%8 != 0 {
		t.Error("argv is not aligned")
	}
}

// busy has as many kinds of argument as a Spec can ask for.
func busy(s *spec.Spec, r *plan.Run) {
	s.Terminal, s.NoASLR = true, true
	s.Capabilities = []spec.Capability{"NET_ADMIN"}
	s.Landlock = spec.Landlock{Mode: "on", BindTCP: []uint16{1}}
	s.Scheduling.Affinity = "0"
	s.Proc.Mask = []string{"/proc/keys"}
	s.Command = []string{"a", "", strings.Repeat("long ", 1000)}
	for i, kind := range []spec.MountType{spec.MountBind, spec.MountTmpfs, spec.MountOverlay, spec.MountFile, spec.MountSymlink, spec.MountMqueue} {
		s.Mounts = append(s.Mounts, spec.Mount{Type: kind, Source: "/srv", Target: "/m" + string(rune('a'+i)), Data: strings.Repeat("x", i*1111)})
	}
	r.Env, r.Filter, r.Notify, r.Ignored = []string{"A=b", "PATH=/x:/y"}, make([]byte, 8*501), true, []int{1, 13}
	r.Pass = map[int]int{3: 4, 4: 3}
}

// What records point to lies in the arena, which must never move: the room that is reserved suffices.
func TestArenaNeverMoves(t *testing.T) {
	for _, change := range []func(*spec.Spec, *plan.Run){nil, busy, func(s *spec.Spec, _ *plan.Run) { s.User.Groups = []uint32{} }} {
		p := planned(t, change)
		cells := someCells(t, p.Cells+1)
		calls, size := 0, 0
		var child []*plan.Step
		for i := range p.Steps {
			child = append(child, &p.Steps[i])
			calls += len(p.Steps[i].Calls)
			for _, c := range p.Steps[i].Calls {
				size += sizeOf(c.Args)
			}
		}
		prog, err := compile(child, cells)
		if err != nil {
			t.Fatal(err)
		}
		if cap(prog.arena.room) < size || len(prog.arena.room) > size || cap(prog.records) != calls {
			t.Errorf("%d bytes in use of %d reserved, %d there; %d records for %d", len(prog.arena.room), size, cap(prog.arena.room), cap(prog.records), calls)
		}
		inArena(t, prog, child)
	}
}

// inArena checks that every pointer of the records points into the arena.
func inArena(t *testing.T, prog *program, steps []*plan.Step) {
	t.Helper()
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(prog.arena.room)))
	end := begin + uintptr(cap(prog.arena.room))
	i := 0
	for _, s := range steps {
		for _, c := range s.Calls {
			for j, a := range c.Args {
				_, isText := a.Str()
				_, isVector := a.Vec()
				_, _, isData := a.Data()
				if addr := prog.records[i].args[j]; (isText || isVector || isData) && (addr < begin || addr > end) {
					t.Errorf("%s: argument %d points to %#x, the arena is %#x to %#x", &c, j, addr, begin, end)
				}
			}
			i++
		}
	}
}

// In the launcher the same records are executed one by one.
func TestRunHere(t *testing.T) {
	dir := t.TempDir()
	c, ref := freeCell(t, 0)
	missing := plan.Call{Name: "openat", Args: []plan.Arg{atCWD(t), text(t, dir+"/none")}, Save: c, Allow: 1 << unix.ENOENT}
	mkdir := func(name string) plan.Call { return made("mkdirat", atCWD(t), text(t, dir+"/"+name), count(t, 0o755)) }
	leave, done := missing, mkdir("done")
	leave.Leave, done.Done = true, true
	cells := someCells(t, enough)
	steps := []plan.Step{
		did("leave", leave, mkdir("left out"), made("close", ref)),
		did("go on", missing, mkdir("went on")),
		did("retry", done, mkdir("retried")),
		did("last", mkdir("last")),
	}
	list := []*plan.Step{}
	for i := range steps {
		list = append(list, &steps[i])
	}
	if err := runHere(list, cells); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"left out": unix.ENOENT, "went on": nil, "done": nil, "retried": unix.ENOENT, "last": nil} {
		if err := unix.Access(dir+"/"+name, 0); err != want {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := unix.FcntlInt(0, unix.F_GETFD, 0); err != nil {
		t.Error("standard input has been closed: a cell that was never filled is 0")
	}
}

func TestRunHereReports(t *testing.T) {
	cells := someCells(t, enough)
	s := did("fail", made("setsid"), made("mkdirat", atCWD(t), text(t, "/proc/x"), plan.Arg{}))
	s.Calls = s.Calls[1:]
	err := runHere([]*plan.Step{&s}, cells)
	e, ok := err.(*StepError)
	if !ok || e.Step != &s || e.Call != &s.Calls[0] || e.Errno != syscall.ENOENT && e.Errno != syscall.EACCES {
		t.Errorf("%v", err)
	}
	if err := runHere(nil, cells); err != nil {
		t.Errorf("no steps: %v", err)
	}
}

// someCells are n cells that live as long as the test.
func someCells(t testing.TB, n int) []uintptr {
	t.Helper()
	table, err := newTable(&plan.Plan{Cells: n - 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.free)
	return table.cells
}
