package launch

import (
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

const badFD = 1 << 20

func TestWalkInOrder(t *testing.T) {
	p := newTape(t)
	for _, c := range []byte("abc") {
		p.mark(c)
	}
	p.exit(7)
	p.walk().expect(t, "abc", 7, 0, -1)
}

// What fails and may not ends the walk there, and is told.
func TestWalkReportsTheFailure(t *testing.T) {
	p := newTape(t)
	p.mark('a')
	p.do(unix.SYS_CLOSE, badFD).allow = 1<<unix.ENOENT | 1<<(unix.EBADF-1) | 1<<(unix.EBADF+1)
	p.mark('b')
	p.exit(7)
	p.walk().expect(t, "a", 1, unix.EBADF, 1)
}

// What the kernel asks to try again is tried again, so often and no oftener.
func TestWalkTriesAgain(t *testing.T) {
	const often = 1 << 40
	p := newTape(t)
	var empty [2]int
	if err := unix.Pipe2(empty[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(empty[0])
	defer unix.Close(empty[1])
	p.do(unix.SYS_READ, uintptr(empty[0]), p.address([]byte{0}), 1).again = often
	p.mark('a')
	p.do(unix.SYS_READ, uintptr(empty[0]), p.address([]byte{0}), 1).again = 3
	p.exit(0)
	go func() {
		time.Sleep(10 * time.Millisecond)
		unix.Write(empty[1], []byte{1})
	}()
	p.walk().expect(t, "a", 1, unix.EAGAIN, 2)
	if first, last := p.records[0].again, p.records[2].again; first == often || first == 0 || last != 0 {
		t.Errorf("%d and %d tries are left", first, last)
	}
}

func TestWalkAllowedFailures(t *testing.T) {
	p := newTape(t)
	p.do(unix.SYS_CLOSE, badFD).allow = 1 << unix.EBADF // goes on
	p.mark('a')
	r := p.do(unix.SYS_CLOSE, badFD) // leaves out two
	r.allow, r.skip = 1<<unix.EBADF, 2*recordSize
	p.mark('b')
	p.mark('c')
	p.mark('d')
	r = p.do(unix.SYS_GETPID) // succeeds: skip does not count
	r.allow, r.skip = ^uintptr(0), recordSize
	p.mark('e')
	p.exit(0)
	p.walk().expect(t, "ade", 0, 0, -1)
}

// The set has a bit for errnos up to 63; all others are failures, whatever is in it.
func TestWalkErrnosBeyondTheSet(t *testing.T) {
	p := newTape(t)
	p.do(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_UDP).allow = ^uintptr(0)
	p.mark('a')
	p.exit(0)
	p.walk().expect(t, "", 1, unix.EPROTONOSUPPORT, 0) // 93, which modulo 64 is allowed
}

func TestWalkDone(t *testing.T) {
	p := newTape(t)
	p.do(unix.SYS_GETPID).done = 2 * recordSize
	p.mark('a')
	p.mark('b')
	r := p.do(unix.SYS_CLOSE, badFD) // a try that failed is tried again
	r.done, r.allow = recordSize, 1<<unix.EBADF
	p.mark('c')
	p.exit(0)
	p.walk().expect(t, "c", 0, 0, -1)
}

// Results go into cells, and arguments come from them, at each of the six places.
func TestWalkCells(t *testing.T) {
	source, target := memfd(t, "0123456789"), memfd(t, "")
	p := newTape(t)
	p.do(unix.SYS_DUP, uintptr(source)).save = p.cell(0)
	p.do(unix.SYS_DUP, uintptr(target)).save = p.cell(2)
	p.cells[4] = 5
	all := []uintptr{p.cell(0), p.cell(1), p.cell(2), p.cell(3), p.cell(4), p.cell(5)}
	copied := p.do(unix.SYS_COPY_FILE_RANGE, all...) // from here, NULL, to there, NULL, 5 bytes, no flags
	copied.refs, copied.save = 1<<6-1, p.cell(6)
	p.exit(0)
	p.walk().expect(t, "", 0, 0, -1)
	if p.cells[6] != 5 || p.cells[0] <= 2 || p.cells[2] == p.cells[0] {
		t.Errorf("cells %v", p.cells)
	}
	// Without a pointer to an offset, which a place that is not read would be, the file's own offset moves.
	for _, fd := range []int{source, target} {
		if at, err := unix.Seek(fd, 0, 1); err != nil || at != 5 {
			t.Errorf("offset %d, %v", at, err)
		}
	}
	b := make([]byte, 16)
	if n, _ := unix.Pread(target, b, 0); string(b[:n]) != "01234" {
		t.Errorf("copied %q", b[:n])
	}
}

// An argument that is no reference is itself, although others are.
func TestWalkMixedArguments(t *testing.T) {
	for i := range 4 {
		fd := memfd(t, "")
		text := []byte("abcdef")
		p := newTape(t)
		args := [4]uintptr{uintptr(fd), p.address(text), 3, 9}
		if i != 1 { // an address does not fit into a cell
			p.cells[i] = int32(args[i])
			args[i] = p.cell(i)
		}
		r := p.do(unix.SYS_PWRITE64, args[:]...)
		if i != 1 {
			r.refs = 1 << i
		}
		p.exit(0)
		p.walk().expect(t, "", 0, 0, -1)
		b := make([]byte, 16)
		if n, _ := unix.Pread(fd, b, 9); string(b[:n]) != "abc" {
			t.Errorf("with argument %d from a cell: wrote %q", i, b[:n])
		}
	}
}

// A cell is a signed number of 32 bits, as descriptors and pids are.
func TestWalkCellsAreSigned(t *testing.T) {
	fd := memfd(t, "0123456789")
	p := newTape(t)
	p.cells[0] = -3
	r := p.do(unix.SYS_LSEEK, uintptr(fd), p.cell(0), 2)
	r.refs, r.save = 1<<1, p.cell(1)
	p.exit(0)
	p.walk().expect(t, "", 0, 0, -1)
	if p.cells[1] != 7 {
		t.Errorf("three before the end is %d, want 7", p.cells[1])
	}
}

// What a cell holds beside is left alone.
func TestWalkSavesNoMoreThanACell(t *testing.T) {
	p := newTape(t)
	p.cells[0], p.cells[2] = 111, 222
	p.do(unix.SYS_GETPID).save = p.cell(1)
	p.exit(0)
	w := p.walk()
	if w.exit != 0 || p.cells[0] != 111 || p.cells[1] != int32(w.pid) || p.cells[2] != 222 {
		t.Errorf("exit %d, cells %v", w.exit, p.cells[:3])
	}
}

// A failed call saves nothing.
func TestWalkSavesNoFailure(t *testing.T) {
	p := newTape(t)
	p.cells[0] = 55
	r := p.do(unix.SYS_CLOSE, badFD)
	r.save, r.allow = p.cell(0), 1<<unix.EBADF
	p.exit(0)
	p.walk().expect(t, "", 0, 0, -1)
	if p.cells[0] != 55 {
		t.Errorf("the cell holds %d", p.cells[0])
	}
}

// The new process takes the records after its creation, its creator those behind them.
func TestWalkFork(t *testing.T) {
	p := newTape(t)
	p.fork(unix.CLONE_VFORK, 3).save = p.cell(0)
	p.mark('c')
	p.mark('d')
	p.exit(5)
	p.mark('e')
	status := []byte{0, 0, 0, 0}
	r := p.do(unix.SYS_WAIT4, p.cell(0), p.address(status), unix.WALL, 0)
	r.refs, r.save = 1, p.cell(1)
	p.exit(7)
	p.walk().expect(t, "cde", 7, 0, -1)
	// The child saves its own result of clone3, which is 0, before its creator goes on and saves the pid.
	if p.cells[0] <= 0 || p.cells[1] != p.cells[0] || unix.WaitStatus(binary.NativeEndian.Uint32(status)).ExitStatus() != 5 {
		t.Errorf("created %d, waited for %d, status %x", p.cells[0], p.cells[1], status)
	}
}

// A child's failure is the report; its creator, which shares the memory, ends and does nothing more.
func TestWalkFailureOfAChild(t *testing.T) {
	p := newTape(t)
	p.fork(unix.CLONE_VFORK, 3)
	p.mark('c')
	p.do(unix.SYS_CLOSE, badFD)
	p.exit(5)
	p.mark('e')
	p.exit(7)
	p.walk().expect(t, "c", 1, unix.EBADF, 2)
}

// The first failure stays the one that is told: here a helper's, which its creator only notices by one of its own.
func TestWalkFirstFailure(t *testing.T) {
	p := newTape(t)
	p.fork(unix.CLONE_FILES, 2)
	p.do(unix.SYS_CLOSE, badFD)
	p.exit(0)
	r := p.do(unix.SYS_WAIT4, ^uintptr(0), 0, unix.WALL, 0)
	r.allow = 1 << unix.ECHILD
	p.do(unix.SYS_CHDIR, p.address([]byte("/no/such\x00")))
	p.exit(0)
	p.walk().expect(t, "", 1, unix.EBADF, 1)
}

// A refused clone3 is told as the negative errno.
func TestWalkRefusedClone(t *testing.T) {
	p := newTape(t)
	p.exit(0)
	c := p.prepare(unix.CLONE_VM | unix.CLONE_NEWNS | unix.CLONE_FS)
	onLastingThread(func() { enter(c) })
	if c.result != -int(unix.EINVAL) {
		t.Errorf("result %d, want %d", c.result, -int(unix.EINVAL))
	}
}

// The launcher's signal mask is as before, after success and failure.
func TestWalkKeepsTheSignalMask(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, flags := range []uint64{plainClone, unix.CLONE_NEWNS | unix.CLONE_FS} {
		var before, after unix.Sigset_t
		if err := unix.PthreadSigmask(unix.SIG_SETMASK, nil, &before); err != nil {
			t.Fatal(err)
		}
		p := newTape(t)
		p.exit(0)
		c := p.prepare(flags)
		enter(c)
		if err := unix.PthreadSigmask(unix.SIG_SETMASK, nil, &after); err != nil {
			t.Fatal(err)
		}
		if before != after {
			t.Errorf("flags %#x: the mask was %x and is %x", flags, before, after)
		}
		if c.result > 0 {
			p.finish(c)
		}
	}
}

// sleep adds a nap.
func (p *tape) sleep(d time.Duration) {
	ts := make([]byte, 16)
	binary.NativeEndian.PutUint64(ts[8:], uint64(d))
	p.do(unix.SYS_NANOSLEEP, p.address(ts), 0)
}

// A signal that reaches the child early waits: our handlers must not run on the stack that it shares.
func TestWalkBlocksSignals(t *testing.T) {
	p := newTape(t)
	p.do(unix.SYS_GETPID).save = p.cell(0)
	p.do(unix.SYS_KILL, p.cell(0), uintptr(unix.SIGTERM)).refs = 1
	p.do(unix.SYS_KILL, p.cell(0), uintptr(unix.SIGURG)).refs = 1 // which the Go runtime handles
	p.mark('a')
	p.do(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, p.address(make([]byte, 8)), 0, 8)
	p.mark('b')
	p.exit(0)
	p.walk().expect(t, "a", -1, 0, -1)
}

// While the child sets up, other goroutines run, and the collector.
func TestWalkLetsOthersRun(t *testing.T) {
	p := newTape(t)
	p.sleep(min(boxtest.Patience(400*time.Millisecond), 900*time.Millisecond))
	p.exit(0)
	ended := make(chan walked)
	go func() { ended <- p.walk() }()
	time.Sleep(50 * time.Millisecond)
	collected := 0
	for {
		select {
		case w := <-ended:
			w.expect(t, "", 0, 0, -1)
			if collected < 3 {
				t.Errorf("%d collections during another's start", collected)
			}
			return
		default:
			runtime.GC()
			collected++
			time.Sleep(time.Millisecond)
		}
	}
}

// memfd is a file in memory with a content.
func memfd(t *testing.T, content string) int {
	t.Helper()
	fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if _, err := unix.Pwrite(fd, []byte(content), 0); err != nil {
		t.Fatal(err)
	}
	return fd
}
