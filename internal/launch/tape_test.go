package launch

import (
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tape is a program for the walker, made of raw records, that leaves marks in a
// pipe. It makes no namespace and needs no privilege.
type tape struct {
	t       *testing.T
	records []record
	cells   []int32
	keep    [][]byte
	pipe    [2]int
}

func newTape(t *testing.T) *tape {
	t.Helper()
	p := &tape{t: t, cells: make([]int32, 16)}
	if err := unix.Pipe2(p.pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unix.Close(p.pipe[0])
		unix.Close(p.pipe[1])
	})
	return p
}

// do adds a record.
func (p *tape) do(nr uintptr, args ...uintptr) *record {
	r := record{nr: nr}
	copy(r.args[:], args)
	p.records = append(p.records, r)
	return &p.records[len(p.records)-1]
}

// mark adds one that writes a letter into the pipe.
func (p *tape) mark(letter byte) {
	b := []byte{letter}
	p.do(unix.SYS_WRITE, uintptr(p.pipe[1]), p.address(b), 1)
}

func (p *tape) exit(code uintptr) { p.do(unix.SYS_EXIT_GROUP, code) }

// address keeps b and says where it is.
func (p *tape) address(b []byte) uintptr {
	p.keep = append(p.keep, b)
	return uintptr(unsafe.Pointer(unsafe.SliceData(b)))
}

func (p *tape) cell(i int) uintptr { return uintptr(unsafe.Pointer(&p.cells[i])) }

// fork adds a clone3 whose child takes the next n records.
func (p *tape) fork(flags uint64, n int) *record {
	args := &cloneArgs{flags: unix.CLONE_VM | flags, exitSignal: uint64(unix.SIGCHLD)}
	b := unsafe.Slice((*byte)(unsafe.Pointer(args)), unsafe.Sizeof(*args))
	r := p.do(unix.SYS_CLONE3, p.address(b), unsafe.Sizeof(*args))
	r.fork = uintptr(n) * recordSize
	return r
}

// walked is how a tape ended.
type walked struct {
	marks  string
	exit   int // -1 if by a signal
	errno  unix.Errno
	record int // that failed
	pid    int
}

const plainClone = unix.CLONE_VM | unix.CLONE_VFORK | unix.CLONE_CLEAR_SIGHAND

// prepare makes the call for the walker.
func (p *tape) prepare(flags uint64) *call {
	return &call{args: &cloneArgs{flags: flags, exitSignal: uint64(unix.SIGCHLD)}, program: &p.records[0], report: &report{}, blocked: ^uint64(0)}
}

// walk has the tape executed.
func (p *tape) walk() walked {
	p.t.Helper()
	c := p.prepare(plainClone)
	onLastingThread(func() { enter(c) })
	runtime.KeepAlive(p)
	if c.result <= 0 {
		p.t.Fatalf("clone3: %v", unix.Errno(-c.result))
	}
	return p.finish(c)
}

func (p *tape) finish(c *call) walked {
	p.t.Helper()
	var status unix.WaitStatus
	if _, err := unix.Wait4(c.result, &status, 0, nil); err != nil {
		p.t.Fatal(err)
	}
	w := walked{exit: status.ExitStatus(), errno: unix.Errno(c.report.errno), record: -1, pid: c.result}
	if c.report.errno != 0 {
		w.record = int((c.report.record - uintptr(unsafe.Pointer(&p.records[0]))) / recordSize)
	}
	w.marks = p.read()
	return w
}

// read empties the pipe.
func (p *tape) read() string {
	b := make([]byte, 4096)
	n, err := unix.Read(p.pipe[0], b)
	if err != nil {
		return ""
	}
	return string(b[:n])
}

// expect compares how a tape ended.
func (w walked) expect(t *testing.T, marks string, exit int, errno unix.Errno, record int) {
	t.Helper()
	if w.marks != marks || w.exit != exit || w.errno != errno || w.record != record {
		t.Errorf("marks %q, exit %d, errno %d at record %d; want %q, %d, %d at %d", w.marks, w.exit, w.errno, w.record, marks, exit, errno, record)
	}
}
