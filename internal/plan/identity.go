package plan

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// clone decides how the builder is created.
//
// FACT — since 5.5 (clone(2), CLONE_CLEAR_SIGHAND) — the builder shares our
// memory and must not run our signal handlers; caught signals become default ones.
func (b *builder) clone() {
	flags := cloneVM | cloneVfork | unix.CLONE_CLEAR_SIGHAND | unix.CLONE_PIDFD
	if !b.host.Root {
		flags |= unix.CLONE_NEWUSER
	}
	for _, k := range b.namespaceKinds() {
		if isNew(k.from) && k.atClone {
			flags |= k.flag
		}
	}
	if b.run.Cgroup.Into != "" {
		flags |= unix.CLONE_INTO_CGROUP
	}
	b.plan.Clone = CloneArgs{Flags: flags, CgroupDir: b.run.Cgroup.Into}
}

// openHostProc keeps a way to the host's /proc for the files that set up the
// namespaces; its "self" is whoever opens it, whatever pid namespace they are in.
func (b *builder) openHostProc() {
	b.hostProc = b.cell()
	b.step("open", "/proc", open(cwd, "/proc", unix.O_PATH|unix.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC").into(b.hostProc)).
		hint("bulkhead needs a mounted /proc", unix.ENOENT)
}

// identity makes the builder powerful inside and nobody outside.
//
// Root's builder takes a host id that belongs to no account but keeps its
// capabilities, so that what it creates belongs to the program's user. Anybody
// else's builder is root of a new user namespace that maps only its own id.
func (b *builder) identity() {
	if b.host.Root {
		b.becomeNobody()
		return
	}
	b.mapIDs("the caller's id to root of the sandbox", 0, b.host.UID, 0, b.host.GID)
}

func (b *builder) becomeNobody() {
	id := n(int64(b.run.ID))
	b.step("drop", "supplementary groups", call("setgroups", n(0), num(0, "NULL")))
	// FACT — since 2.6.26 (capabilities(7), SECBIT_NO_SETUID_FIXUP) — changing
	// the uid from 0 then leaves the capabilities alone.
	b.step("become", fmt.Sprintf("host id %d", b.run.ID),
		call("prctl", num(unix.PR_SET_SECUREBITS, "PR_SET_SECUREBITS"), num(secbitNoSetuidFixup, "SECBIT_NO_SETUID_FIXUP")),
		call("setresgid", id, id, id), call("setresuid", id, id, id))
}

// mapUser maps the program's user to the one id outside.
func (b *builder) mapUser() {
	u := b.spec.User
	outer := uint32(0)
	if b.host.Root {
		outer = b.run.ID
	}
	b.mapIDs(fmt.Sprintf("uid %d and gid %d to one id without rights", *u.UID, *u.GID), *u.UID, outer, *u.GID, outer)
}

// mapIDs writes the maps of the user namespace that the actor is alone in.
//
// FACT — since 3.8 (user_namespaces(7)) — a process may map its own effective
// id without privilege. FACT — since 3.19 — for the gid only after giving up setgroups(2).
func (b *builder) mapIDs(what string, uid, outerUID, gid, outerGID uint32) {
	forbidden := "unprivileged user namespaces are restricted here; see 'bulkhead doctor'"
	b.writeOwn("setgroups", what, "deny").hint(forbidden)
	b.writeOwn("uid_map", what, fmt.Sprintf("%d %d 1\n", uid, outerUID)).hint(forbidden)
	b.writeOwn("gid_map", what, fmt.Sprintf("%d %d 1\n", gid, outerGID)).hint(forbidden)
}

// tries is how often a file of /proc/self is opened.
const tries = 4

// writeOwn writes a file of /proc/self that belongs to root while the process is not dumpable.
//
// FACT — always (prctl(2) PR_SET_DUMPABLE, proc(5)) — a change of uid makes a
// process undumpable and its /proc files root's. The mark belongs to the memory,
// which we share with a launcher that may be starting other sandboxes at this
// moment: so set it right before opening, and again if another start undid it.
func (b *builder) writeOwn(file, what, text string) *Step {
	fd := b.cell()
	mark := call("prctl", num(unix.PR_SET_DUMPABLE, "PR_SET_DUMPABLE"), n(1))
	last := open(cell(b.hostProc), "self/"+file, unix.O_WRONLY, "O_WRONLY|O_CLOEXEC").into(fd)
	try := last.allow(unix.EACCES)
	try.Done = true
	calls := make([]Call, 0, 2*tries)
	for range tries - 1 {
		calls = append(calls, mark, try)
	}
	calls = append(calls, mark, last)
	b.step("open", "/proc/self/"+file, calls...)
	return b.step("map", what, write(fd, text), closeFD(fd))
}

// enterUser puts the builder itself into the program's user namespace, for a
// program that is process 1. It cannot unshare one while it shares our memory,
// but it may enter one: a short-lived helper makes it and hands over a descriptor.
//
// FACT — since 3.8 (unshare(2), setns(2)) — CLONE_NEWUSER: unshare refuses a
// process whose memory is shared, setns only one that has threads.
func (b *builder) enterUser() {
	ns := b.cell()
	b.mapper("make", "a user namespace for the program", func() { b.mapUser() }, ns)
	b.step("enter", "the program's user namespace",
		setns(cell(ns), unix.CLONE_NEWUSER), closeFD(ns))
}

// mapper runs a helper that shares our descriptors, owns a new user namespace,
// maps it and leaves us a descriptor of it.
func (b *builder) mapper(does, object string, maps func(), ns Cell) {
	flags := cloneVM | cloneVfork | cloneFiles | unix.CLONE_NEWUSER
	b.step(does, object, clone3(flags, sigchld)).Fork = true
	b.actor = Mapper
	maps()
	b.step("keep", object, open(cell(b.hostProc), "self/ns/user", unix.O_RDONLY, "O_RDONLY|O_CLOEXEC").into(ns))
	b.step("end", "the helper", call("exit_group", n(0)))
	b.actor = Builder
	b.step("reap", "the helper", call("wait4", n(-1), num(0, "NULL"), num(unix.WALL, "__WALL"), num(0, "NULL")))
}
