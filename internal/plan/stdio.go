package plan

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// terminal opens a pseudo-terminal of the sandbox's own and sends its master to the launcher.
//
// FACT — since 4.13 (TIOCGPTPEER, ioctl_tty(2)) — the slave opens without its path.
func (b *builder) terminal() {
	if !b.spec.Terminal {
		return
	}
	master := b.cell()
	b.slave = b.cell()
	ptmx := "/dev/pts/ptmx"
	if b.spec.Namespaces.Mount == spec.NamespaceHost {
		ptmx = "/dev/ptmx"
	}
	calls := []Call{
		call("openat", cwd, str(ptmx), num(unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, "O_RDWR|O_NOCTTY|O_CLOEXEC"), n(0)).into(master),
		call("ioctl", cell(master), num(unix.TIOCSPTLCK, "TIOCSPTLCK"), data(words(0), "0")),
		call("ioctl", cell(master), num(unix.TIOCGPTPEER, "TIOCGPTPEER"), num(unix.O_RDWR|unix.O_NOCTTY, "O_RDWR|O_NOCTTY")).into(b.slave),
		call("ioctl", cell(master), num(unix.TIOCSWINSZ, "TIOCSWINSZ"), winsize(b.run.Rows, b.run.Columns)),
	}
	if b.run.Termios != nil {
		calls = append(calls, call("ioctl", cell(master), num(unix.TCSETS, "TCSETS"), data(termios(b.run.Termios), "{like the caller's}")))
	}
	b.step("open", "a terminal", calls...).
		hint("the sandbox has no /dev/pts of its own", unix.ENOENT)
	b.step("send", "the terminal's master", sendFD(CellTerminal, master), closeFD(master))
}

// winsize is struct winsize.
func winsize(rows, columns uint16) Arg {
	return Arg{kind: argData, str: words(uint64(rows) | uint64(columns)<<16), show: asWinsize}
}

// termios is the struct termios of TCSETS, the same on amd64 and arm64; asm-generic/termbits.h.
func termios(t *unix.Termios) string {
	var b []byte
	for _, flags := range [...]uint32{t.Iflag, t.Oflag, t.Cflag, t.Lflag} {
		b = binary.NativeEndian.AppendUint32(b, flags)
	}
	return string(append(append(b, t.Line), t.Cc[:]...))
}

// sendFD passes a descriptor over a Unix socket; unix(7), SCM_RIGHTS.
func sendFD(socket, fd Cell) Call {
	control := words(20, unix.SOL_SOCKET|uint64(unix.SCM_RIGHTS)<<32, 0)
	header := words(0, 0, 0, 1, 0, 24, 0)
	return call("sendmsg", cell(socket), data(header, "{SCM_RIGHTS, ["+fd.String()+"]}",
		at(16, data(words(0, 1), "", at(0, str("x")))), at(32, data(control, "", at(16, cell(fd))))), n(0))
}

// stdio gives the program its descriptors and no others.
func (b *builder) stdio() {
	want := map[int]Arg{0: n(int64(b.run.Stdin)), 1: n(int64(b.run.Stdout)), 2: n(int64(b.run.Stderr))}
	if b.spec.Terminal {
		want[0], want[1], want[2] = cell(b.slave), cell(b.slave), cell(b.slave)
	}
	for inside, fd := range b.run.Pass {
		want[inside] = n(int64(fd))
	}
	var calls []Call
	for _, inside := range sortedKeys(want) {
		// A source that is itself the place of another must move away first.
		if fd, ok := want[inside].Number(); ok && int(fd) != inside && has(want, int(fd)) {
			moved := b.cell()
			calls = append(calls, call("fcntl", n(fd), num(unix.F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"), n(64)).into(moved))
			want[inside] = cell(moved)
		}
	}
	for _, inside := range sortedKeys(want) {
		if fd, ok := want[inside].Number(); ok && int(fd) == inside {
			calls = append(calls, call("fcntl", n(fd), num(unix.F_SETFD, "F_SETFD"), n(0)))
			continue
		}
		calls = append(calls, call("dup3", want[inside], n(int64(inside)), n(0)))
	}
	b.step("set", "descriptors", append(calls, closeOthers(sortedKeys(want))...)...).
		hint("a descriptor to pass is not open", unix.EBADF)
}

// closeAll closes the launcher's descriptors before the exec does, in a program that others inside may trace.
//
// FACT — always (begin_new_exec) — by then the process has its new memory, which whoever
// has CAP_SYS_PTRACE in its user namespace may look into, and what is marked to be closed still is open.
func (b *builder) closeAll() {
	if !b.plan.Exclusive {
		return
	}
	kept := []int{0, 1, 2}
	for inside := range b.run.Pass {
		kept = append(kept, inside)
	}
	var calls []Call
	if b.run.Notify {
		socket := 3
		for slices.Contains(kept, socket) {
			socket++
		}
		b.notify = b.cell()
		calls = append(calls, call("dup3", cell(CellNotify), n(int64(socket)), num(unix.O_CLOEXEC, "O_CLOEXEC")).into(b.notify))
		kept = append(kept, socket)
	}
	slices.Sort(kept)
	b.step("close", "the launcher's descriptors", append(calls, closeRanges(kept, n(0))...)...)
}

// notifySocket is the socket for the seccomp listener, wherever it is by now.
func (b *builder) notifySocket() Cell {
	if b.notify != 0 {
		return b.notify
	}
	return CellNotify
}

// closeOthers marks all descriptors but the kept ones to be closed by exec.
//
// FACT — since 5.11 (close_range(2), CLOSE_RANGE_CLOEXEC) — one call, whatever the open-file limit.
func closeOthers(kept []int) []Call {
	return closeRanges(kept, num(unix.CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC"))
}

// closeRanges closes all descriptors but the kept ones, which are in order.
func closeRanges(kept []int, how Arg) []Call {
	var calls []Call
	from := 0
	mark := func(from, to int64, last string) Call { return call("close_range", n(from), num(to, last), how) }
	for _, fd := range kept {
		if fd > from {
			calls = append(calls, mark(int64(from), int64(fd-1), ""))
		}
		from = fd + 1
	}
	return append(calls, mark(int64(from), 1<<32-1, "~0"))
}

func has(m map[int]Arg, k int) bool { _, ok := m[k]; return ok }

func sortedKeys[T any](m map[int]T) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
