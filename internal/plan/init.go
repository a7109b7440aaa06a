package plan

import (
	"fmt"
	"math/bits"

	"golang.org/x/sys/unix"
)

// becomeInit turns the builder into process 1 proper. Its memory is still the
// launcher's, its rights are all there: it gives up both with one exec. The
// program, which runs by now, is in a user namespace below and cannot
// trace it; signals from inside do nothing to it.
func (b *builder) becomeInit() {
	b.initID() // a change of ids calls off what diesWithLauncher asks for
	b.diesWithLauncher()
	b.step("keep", "only the status pipe",
		call("dup3", cell(CellStatus), n(3), n(0)),
		call("close_range", n(0), n(2), n(0)),
		call("close_range", n(4), num(1<<32-1, "~0"), num(unix.CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC")))
	b.step("give up", "root's power over exec", call("prctl", num(unix.PR_SET_SECUREBITS, "PR_SET_SECUREBITS"), num(secbitsLocked, "SECBIT_NOROOT|..._LOCKED")),
		call("prctl", num(unix.PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"), n(1)))
	if !b.makesUser() && !b.foundUser() {
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

// initID gives root's init a host id of its own: of a process of its own id, the
// program could lower the priority and the limits (setpriority(2), prlimit(2),
// sched_setaffinity(2)). The two ids differ in the last bit; the program's is even.
// The program runs a moment before that: the id map that it writes takes a creator of its id (see mapIDs).
// To pass signals on, init keeps the right to send them, and can name nobody outside.
// A user's init stays the user: no other id is theirs to give, but by newuidmap, which takes milliseconds.
func (b *builder) initID() {
	if !b.host.Root || b.killer() == 0 {
		return
	}
	b.becomeInitID()
	b.step("keep", "the right to send signals", b.inherit(b.killer(), "CAP_KILL")...)
}

func (b *builder) becomeInitID() {
	id := n(int64(b.run.ID ^ 1))
	b.step("become", fmt.Sprintf("host id %d", b.run.ID^1), call("setresgid", id, id, id), call("setresuid", id, id, id))
}

// killer is CAP_KILL in a set of capabilities, if the caller has it.
func (b *builder) killer() uint64 { return b.host.Permitted & (1 << unix.CAP_KILL) }

// inherit makes capabilities of root's builder survive an exec that takes all others; see keepCapabilities.
func (b *builder) inherit(keep uint64, text string) []Call {
	held := b.host.Permitted
	calls := []Call{call("capset", data(words(unix.LINUX_CAPABILITY_VERSION_3), "v3"),
		data(words(held&(1<<32-1)|held<<32, keep&(1<<32-1)|held>>32<<32, held>>32|keep>>32<<32), "{inheritable: "+text+"}"))}
	for set := keep; set != 0; set &= set - 1 {
		calls = append(calls, call("prctl", num(unix.PR_CAP_AMBIENT, "PR_CAP_AMBIENT"), num(unix.PR_CAP_AMBIENT_RAISE, "PR_CAP_AMBIENT_RAISE"),
			n(int64(bits.TrailingZeros64(set)))))
	}
	return calls
}

// hideInit keeps a program in init's own user namespace, which may even have its
// id, from tracing it: a process that execs a file it may not read is not dumpable.
//
// FACT — since 4.9 (would_dump) — that is decided with the effective capabilities
// at the exec; the permitted ones, which keep the program out until then, stay.
func (b *builder) hideInit() {
	held := b.held()
	inherited := uint64(0)
	if b.host.Root {
		inherited = b.killer()
	}
	sets := words(held<<32, inherited, held>>32)
	b.step("hide", "init", call("capset", data(words(unix.LINUX_CAPABILITY_VERSION_3), "v3"), data(sets, "{effective: none}")))
}

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
