package plan

import (
	"path"

	"golang.org/x/sys/unix"
)

// A program without our init can call off its death with the launcher: by
// prctl(2), by an exec from a second thread, by a change of its ids. So a
// guardian stands outside, where the program cannot name it: a few hundred bytes
// that sleep until launcher or program have ended, and then end what is left of the sandbox.

// watched tells whether there is one.
func (b *builder) watched() bool { return !b.joining && !b.supervised() }

// askForGuardian says that the process exists which becomes the program. The launcher's own thread sleeps
// until the command runs, another one starts the guardian beside the builder's work.
func (b *builder) askForGuardian() {
	if b.watched() {
		b.plan.Watched = true
		b.step("ask for", "the guardian", call("write", cell(CellBorn), str("x"), n(1)))
	}
}

// awaitGuardian makes sure that the program never runs without it. By now the
// builder dies with the launcher by itself.
func (b *builder) awaitGuardian() {
	if b.watched() {
		b.step("wait for", "the guardian", call("read", cell(CellWatched), data(words(0), "buf"), n(1)))
	}
}

// guardian is what the guardian does to become one. It is the launcher's child,
// with all signals blocked, in the launcher's cgroup and namespaces.
func (b *builder) guardian() {
	if !b.watched() {
		return
	}
	b.actor = Guardian
	b.step("leave", "the launcher's session and directory", call("setsid"), call("chdir", str("/"))).
		hint("no process can be made: see 'ulimit -u' and the launcher's own pids.max", unix.EAGAIN)
	b.keepWatched()
	b.guardRights()
	b.step("become", "the guardian", call("execveat", cell(CellGuardian), str(""), vec([]string{"bulkhead-guard", b.run.Name}),
		vec(nil), num(unix.AT_EMPTY_PATH, "AT_EMPTY_PATH"))).
		hint("the kernel forbids executable memfds: set vm.memfd_noexec to 0 or 1", unix.EACCES)
}

// keepWatched leaves it descriptors of what it watches and, where the sandbox is
// more than a pid namespace, of what ends all of it.
//
// FACT — since 5.14 (cgroup v2, cgroup.kill; 661ee6280931) — a write ends every
// process of a group, those being forked too. Version 1 has no such file: there it ends the program alone.
func (b *builder) keepWatched() {
	var calls []Call
	last := int64(4)
	if !isNew(b.spec.Namespaces.PID) && b.run.Cgroup.Into != "" {
		file, kill := b.cell(), b.cell()
		calls = []Call{open(cwd, path.Join(b.run.Cgroup.Into, "cgroup.kill"), unix.O_WRONLY, "O_WRONLY|O_CLOEXEC").into(file),
			call("fcntl", cell(file), num(unix.F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"), n(64)).into(kill), call("dup3", cell(kill), n(5), n(0))}
		last = 5
	}
	calls = append(calls, call("dup3", cell(CellSandbox), n(3), n(0)), call("dup3", cell(CellSelf), n(4), n(0)),
		call("close_range", n(0), n(2), n(0)),
		call("close_range", n(last+1), num(1<<32-1, "~0"), num(unix.CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC")))
	b.step("keep", "only descriptors of launcher and sandbox", calls...)
}

// guardRights leaves root's guardian the right to end the program, which has another id.
// Without the right to read every file it is also not dumpable, see hideInit.
func (b *builder) guardRights() {
	var calls []Call
	if kill := b.killer(); b.host.Root && kill != 0 {
		calls = append(b.inherit(b.killer(), "CAP_KILL"),
			call("prctl", num(unix.PR_SET_SECUREBITS, "PR_SET_SECUREBITS"), num(secbitsLocked, "SECBIT_NOROOT|..._LOCKED")),
			call("capset", data(words(unix.LINUX_CAPABILITY_VERSION_3), "v3"), data(words(kill|kill<<32, kill, 0), "{CAP_KILL}")))
	}
	calls = append(calls, call("prctl", num(unix.PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"), n(1)))
	b.step("give up", "all other rights", calls...)
}
