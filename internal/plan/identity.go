package plan

import (
	"fmt"

	"github.com/bulkhead/bulkhead/spec"

	"golang.org/x/sys/unix"
)

// clone decides how the builder is created.
//
// FACT — since 5.5 (clone(2), CLONE_CLEAR_SIGHAND) — the builder shares our
// memory and must not run our signal handlers; caught signals become default ones.
func (b *builder) clone() {
	b.plan.Clone = CloneArgs{Flags: cloneVfork | unix.CLONE_CLEAR_SIGHAND | unix.CLONE_PIDFD}
	if b.plan.OwnMemory = isJoined(b.spec.Namespaces.Time); !b.plan.OwnMemory {
		b.plan.Clone.Flags |= cloneVM
	}
	if !b.within() {
		b.plan.Clone.Flags |= b.newNamespaces()
	}
	if b.run.Cgroup.Into != "" && !b.hasJoiner() {
		b.plan.Clone.Flags |= unix.CLONE_INTO_CGROUP
		b.plan.Clone.CgroupDir = b.run.Cgroup.Into
	}
}

// newNamespaces are those that the builder is created with.
func (b *builder) newNamespaces() (flags uint64) {
	if !b.host.Root && !b.hostUser() && !b.within() {
		flags = unix.CLONE_NEWUSER
	}
	for _, k := range b.namespaceKinds() {
		if isNew(k.from) && k.atClone && (k.flag != unix.CLONE_NEWNET || !b.aside()) {
			flags |= k.flag
		}
	}
	if b.lacksTime() {
		flags &^= unix.CLONE_NEWTIME
	}
	return flags
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
// Root's builder takes the program's host id but keeps its capabilities, so
// that what it creates belongs to the program's user. Anybody else's builder is
// root of a new user namespace that maps only its own id.
func (b *builder) identity() {
	switch {
	case b.host.Root:
		if b.ranged() {
			b.makeRangedUser()
		}
		b.becomeOutsider()
	case b.hostUser():
		return // the caller stays who it is
	case b.within():
		return // it has become root there
	case b.ranged():
		b.awaitMaps()
	default:
		b.mapIDs("the caller's id to root of the sandbox", 0, b.host.UID, 0, b.host.GID)
	}
}

// makesUser tells whether the program is born into a user namespace of its own,
// below the builder's.
func (b *builder) makesUser() bool { return !b.ranged() && isNew(b.spec.Namespaces.User) }

// hostUser tells whether the program stays in the host's user namespace.
func (b *builder) hostUser() bool { return b.spec.Namespaces.User == spec.NamespaceHost }

// checkUser settles the ids of a program in the host's user namespace: the
// unprivileged one of this sandbox, or one that was asked for.
func (b *builder) checkUser() {
	switch from := b.spec.Namespaces.User; {
	case from != spec.NamespaceHost:
		return
	case !b.host.Root && b.spec.Landlock.Mode != "only":
		b.fail("user namespace host", "without one of its own an ordinary user cannot build a sandbox", "leave it out, or use --landlock only")
	}
	own := b.spec.Clone()
	uid, gid := b.run.ID, b.run.ID
	if !b.host.Root {
		uid, gid = b.host.UID, b.host.GID
	}
	if own.User.UID == nil {
		own.User.UID = &uid
	}
	if own.User.GID == nil {
		own.User.GID = &gid
	}
	b.spec = &own
}

// becomeOutsider takes the host id that the program will have.
func (b *builder) becomeOutsider() {
	b.step("drop", "supplementary groups", call("setgroups", n(0), num(0, "NULL")))
	b.keepRights()
	uid, gid := b.outsideIDs()
	if uid == 0 {
		b.fail("user", "its id is root's on the host", "map it to another id: a sandbox never runs as the host's root")
	}
	u, g := n(int64(uid)), n(int64(gid))
	b.step("become", fmt.Sprintf("host id %d", uid), call("setresgid", g, g, g), call("setresuid", u, u, u))
}

// mapUser gives the program its own user namespace, which maps its user to the one id outside.
func (b *builder) mapUser() {
	u := b.spec.User
	switch {
	case b.foundUser():
		b.takeUser()
		return
	case !b.makesUser():
		return // the builder's own namespace is the program's
	}
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
	b.writeOwn("setgroups", "map", what, "deny").hint(forbidden)
	b.writeOwn("uid_map", "map", what, fmt.Sprintf("%d %d 1\n", uid, outerUID)).hint(forbidden)
	b.writeOwn("gid_map", "map", what, fmt.Sprintf("%d %d 1\n", gid, outerGID)).hint(forbidden)
}

// tries is how often a file of /proc/self is opened.
const tries = 4

// writeOwn writes a file of /proc/self that belongs to root while the process is not dumpable.
//
// FACT — always (prctl(2) PR_SET_DUMPABLE, proc(5)) — a change of uid makes a
// process undumpable and its /proc files root's. The mark belongs to the memory,
// which we share with a launcher that may be starting other sandboxes at this
// moment: so set it right before opening, and again if another start undid it.
func (b *builder) writeOwn(file, does, what, text string) *Step {
	fd := b.openMarked("/proc/self/"+file, cell(b.hostProc), "self/"+file)
	return b.step(does, what, write(fd, text), closeFD(fd))
}

// openMarked opens such a file.
func (b *builder) openMarked(object string, dir Arg, file string) Cell {
	fd := b.cell()
	mark := call("prctl", num(unix.PR_SET_DUMPABLE, "PR_SET_DUMPABLE"), n(1))
	last := open(dir, file, unix.O_WRONLY, "O_WRONLY|O_CLOEXEC").into(fd)
	try := last.allow(unix.EACCES)
	try.Done = true
	calls := make([]Call, 0, 2*tries)
	for range tries - 1 {
		calls = append(calls, mark, try)
	}
	calls = append(calls, mark, last)
	b.step("open", object, calls...)
	return fd
}

// enterUser puts the builder itself into the program's user namespace, for a
// program that is process 1. It cannot unshare one while it shares our memory,
// but it may enter one: a short-lived helper makes it and hands over a descriptor.
//
// FACT — since 3.8 (unshare(2), setns(2)) — CLONE_NEWUSER: unshare refuses a
// process whose memory is shared, setns only one that has threads.
func (b *builder) enterUser() {
	if !b.makesUser() {
		b.mapUser()
		return
	}
	b.makeUser()
	b.step("enter", "the program's user namespace", setns(cell(b.madeUser), unix.CLONE_NEWUSER), closeFD(b.madeUser))
	b.ownNamespaces()
}

// makeUser has a helper make the program's user namespace, unless that is done.
func (b *builder) makeUser() {
	if b.madeUser != 0 {
		return
	}
	b.madeUser = b.cell()
	b.helper("make", "a user namespace for the program", b.mapUser, b.madeUser)
	b.reapHelper()
}

// helper creates a process that shares our descriptors and owns a new user
// namespace. It takes some steps, leaves a descriptor of the namespace and ends.
func (b *builder) helper(does, object string, steps func(), ns Cell) {
	b.step(does, object, clone3(cloneVM|cloneVfork|cloneFiles|unix.CLONE_NEWUSER, sigchld)).Fork = true
	b.helpers++
	b.actor = Helper
	steps()
	b.step("keep", object, open(cell(b.hostProc), "self/ns/user", unix.O_RDONLY, "O_RDONLY|O_CLOEXEC").into(ns))
	b.step("end", "the helper", call("exit_group", n(0)))
	b.actor = Builder
}

func (b *builder) reapHelper() {
	b.step("reap", "the helper", call("wait4", n(-1), num(0, "NULL"), num(unix.WALL, "__WALL"), num(0, "NULL")))
}
