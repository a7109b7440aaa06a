package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

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
	b.step("open", "a terminal",
		call("openat", cwd, str(ptmx), num(unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, "O_RDWR|O_NOCTTY|O_CLOEXEC"), n(0)).into(master),
		call("ioctl", cell(master), num(unix.TIOCSPTLCK, "TIOCSPTLCK"), data(words(0), "0")),
		call("ioctl", cell(master), num(unix.TIOCGPTPEER, "TIOCGPTPEER"), num(unix.O_RDWR|unix.O_NOCTTY, "O_RDWR|O_NOCTTY")).into(b.slave),
		call("ioctl", cell(master), num(unix.TIOCSWINSZ, "TIOCSWINSZ"), winsize(b.run.Rows, b.run.Columns))).
		hint("the sandbox has no /dev/pts of its own", unix.ENOENT)
	b.step("send", "the terminal's master", sendFD(CellTerminal, master), closeFD(master))
}

// winsize is struct winsize.
func winsize(rows, columns uint16) Arg {
	return Arg{kind: argData, str: words(uint64(rows) | uint64(columns)<<16), show: asWinsize}
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

// closeOthers marks all descriptors but the kept ones to be closed by exec.
//
// FACT — since 5.11 (close_range(2), CLOSE_RANGE_CLOEXEC) — one call, whatever the open-file limit.
func closeOthers(kept []int) []Call {
	var calls []Call
	from := 0
	mark := func(from, to int64, last string) Call {
		return call("close_range", n(from), num(to, last), num(unix.CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC"))
	}
	for _, fd := range kept {
		if fd > from {
			calls = append(calls, mark(int64(from), int64(fd-1), ""))
		}
		from = fd + 1
	}
	return append(calls, mark(int64(from), 1<<32-1, "~0"))
}

func has(m map[int]Arg, k int) bool { _, ok := m[k]; return ok }

func sortedKeys(m map[int]Arg) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// session cuts the program off from the caller's terminal and keyring.
//
// FACT — always (ioctl_tty(2), TIOCSTI) — a process can push input only into its
// own controlling terminal: a new session has none, or the sandbox's own.
func (b *builder) session() {
	b.step("start", "a session", call("setsid"))
	if b.spec.Terminal {
		b.step("take", "the terminal", call("ioctl", n(0), num(unix.TIOCSCTTY, "TIOCSCTTY"), n(0)))
	}
	// ENOSYS: a kernel without keyrings has nothing to hide. EDQUOT: see keyrings(7).
	b.step("hide", "the caller's keyring",
		call("keyctl", num(unix.KEYCTL_JOIN_SESSION_KEYRING, "KEYCTL_JOIN_SESSION_KEYRING"), num(0, "NULL")).allow(unix.ENOSYS)).
		hint("this id has too many keyrings; see /proc/key-users", unix.EDQUOT)
}

// workdir goes to the directory that the program starts in.
func (b *builder) workdir() {
	dir := b.spec.Workdir
	b.step("enter directory", dir, call("chdir", str(dir))).
		hint("the working directory does not exist inside: make it with --dir or --tmpfs, bind it, or choose another with --workdir", unix.ENOENT).
		hint("the working directory is not a directory", unix.ENOTDIR).
		hint("the program's user may not enter the working directory", unix.EACCES)
}

// dispositions undoes what a launcher ignores.
//
// FACT — always (execve(2)) — ignored signals stay ignored across exec; and with
// SIGCHLD ignored the builder could not wait for its helpers.
func (b *builder) dispositions() {
	if len(b.run.Ignored) == 0 {
		return
	}
	var calls []Call
	for _, sig := range b.run.Ignored {
		calls = append(calls, call("rt_sigaction", n(int64(sig)), data(words(0, 0, 0, 0), "SIG_DFL"), num(0, "NULL"), n(8)))
	}
	b.step("reset", "ignored signals", calls...)
}

// signalMask unblocks the signals that were blocked while memory was shared.
func (b *builder) signalMask() {
	b.step("unblock", "signals", call("rt_sigprocmask", num(unix.SIG_SETMASK, "SIG_SETMASK"), data(words(0), "[]"), num(0, "NULL"), n(8)))
}

// startClock notes the moment from which the time limits count.
func (b *builder) startClock() {
	b.plan.Started = b.cell()
	b.cell() // a timespec takes four cells
	b.cell()
	b.cell()
	b.step("note", "the time", call("clock_gettime", num(unix.CLOCK_MONOTONIC, "CLOCK_MONOTONIC"), cellAddress(b.plan.Started, "$start")))
}

// exec starts the command: by its path, or looked up as the shell would.
func (b *builder) exec() {
	command := b.spec.Command
	paths := candidates(command[0], b.run.Env)
	argv, envp := vec(command), vec(b.run.Env)
	argv.Text, envp.Text = "", fmt.Sprintf("[%d variables]", len(b.run.Env))
	calls := make([]Call, len(paths))
	for i, p := range paths {
		calls[i] = call("execve", str(p), argv, envp)
		if i < len(paths)-1 {
			calls[i] = calls[i].allow(unix.ENOENT, unix.ENOTDIR, unix.EACCES)
		}
	}
	b.step("run", command[0], calls...).Exec = true
}

// candidates are the paths that a command name may mean.
func candidates(name string, env []string) []string {
	if strings.Contains(name, "/") {
		return []string{name}
	}
	var paths []string
	for _, kv := range env {
		if dirs, ok := strings.CutPrefix(kv, "PATH="); ok {
			for dir := range strings.SplitSeq(dirs, ":") {
				paths = append(paths, path.Join(orDot(dir), name))
			}
		}
	}
	if len(paths) == 0 {
		return []string{"/usr/bin/" + name, "/bin/" + name}
	}
	return paths
}

func orDot(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

// becomeInit turns the builder into process 1 proper. Its memory is still the
// launcher's, its rights are all there: it gives up both with one exec. The
// program, which runs by now, is in a user namespace below and can neither
// trace nor signal it.
func (b *builder) becomeInit() {
	b.diesWithLauncher()
	b.step("keep", "only the status pipe",
		call("dup3", cell(CellStatus), n(3), n(0)),
		call("close_range", n(0), n(2), n(0)),
		call("close_range", n(4), num(1<<32-1, "~0"), num(unix.CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC")))
	b.step("give up", "root's power over exec", call("prctl", num(unix.PR_SET_SECUREBITS, "PR_SET_SECUREBITS"), num(secbitsLocked, "SECBIT_NOROOT|..._LOCKED")),
		call("prctl", num(unix.PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"), n(1)))
	if !b.makesUser() && b.userNS == 0 {
		b.hideInit()
	}
	if b.helpers > mostHelpers {
		b.fail("binds that are to belong to the program", fmt.Sprintf("their sources have more than %d owners", mostHelpers-2), "set own to false where it is not needed")
	}
	argv := append([]string{"bulkhead-init", programPID(b.helpers), b.run.Name}, b.capped...)
	b.step("become", "init", call("execveat", cell(CellInit), str(""), vec(argv),
		vec(nil), num(unix.AT_EMPTY_PATH, "AT_EMPTY_PATH"))).
		hint("the kernel forbids executable memfds: set vm.memfd_noexec to 0 or 1", unix.EACCES)
}

// hideInit keeps a program in init's own user namespace, which may even have its
// id, from tracing it: a process that execs a file it may not read is not dumpable.
//
// FACT — since 4.9 (would_dump) — that is decided with the effective capabilities
// at the exec; the permitted ones, which keep the program out until then, stay.
func (b *builder) hideInit() {
	held := b.held()
	sets := words(held<<32, 0, held>>32)
	b.step("hide", "init", call("capset", data(words(unix.LINUX_CAPABILITY_VERSION_3), "v3"), data(sets, "{effective: none}")))
}

// mostHelpers is where programPID ends.
const mostHelpers = '~' - '2'

// programPID is the program's number in the new pid namespace: the first after the builder and its helpers.
// It is one character for init, which knows no more arithmetic.
func programPID(helpers int) string { return string(rune('2' + helpers)) }

// diesWithLauncher ties the sandbox's life to the launcher's.
//
// FACT — always (prctl(2), PR_SET_PDEATHSIG) — the signal comes when the parent
// thread ends; a parent that is already gone sends none, so we look after asking.
// The life pipe's write end is the launcher's alone: end of file means it is dead.
func (b *builder) diesWithLauncher() {
	one := data(words(0), "buf")
	b.step("die with", "the launcher",
		call("prctl", num(unix.PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG"), num(int64(unix.SIGKILL), "SIGKILL")),
		call("close", cell(CellLifeWrite)).allow(unix.EBADF),
		call("read", cell(CellLife), one, n(1)).unless(unix.EAGAIN),
		call("exit_group", n(1)))
}
