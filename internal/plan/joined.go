package plan

import (
	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// A Spec may name namespaces that exist. The launcher has opened them; here the
// builder enters them.
//
// FACT — since 3.8 (setns(2)) — entering one takes CAP_SYS_ADMIN both over the
// user namespace that owns it and in one's own. Root's builder has that. An
// ordinary user has it over the user namespaces of its own sandboxes, but only
// inside: so there the builder lives in the user namespace of the joined
// sandbox's builder, as its own equal, and the new program in one of its own
// below that, beside the joined program's. Neither has power over the other.

// isJoined tells whether a namespace is one that exists, and not the host's.
func isJoined(ns spec.Namespace) bool { return !isNew(ns) && ns != spec.NamespaceHost }

// joinsUser tells whether the program enters a user namespace that exists.
func (b *builder) joinsUser() bool { return isJoined(b.spec.Namespaces.User) }

// within tells whether the sandbox is built inside another user namespace than the caller's.
func (b *builder) within() bool { return b.run.Within != 0 }

// hasJoiner tells whether it takes a process of its own to get there: the new pid
// namespace must belong to that user namespace, and its process 1 be born into it.
func (b *builder) hasJoiner() bool { return b.within() && isNew(b.spec.Namespaces.PID) }

// joined is the descriptor of a namespace to enter.
func (b *builder) joined(kind string) Arg { return num(int64(b.run.Joined[kind]), "$"+kind) }

// checkJoins refuses what would be unsound.
func (b *builder) checkJoins() {
	s := b.spec
	if b.joinsUser() && len(s.Capabilities) > 0 {
		b.fail("capability "+string(s.Capabilities[0]), "in the joined user namespace it would count over the programs that are there already", "leave it out, or let the program have a user namespace of its own")
	}
	if b.within() && b.ranged() {
		b.fail("id maps", "the program's user namespace lies within the joined sandbox's, which has one id to give", "leave them out, or join as root")
	}
	if b.lacksTime() && s.Clock == (spec.Clock{}) {
		b.plan.Dropped = append(b.plan.Dropped, spec.Dropped{Protection: spec.ProtectionTimeNamespace,
			Reason: "this kernel cannot make one for a program that joins another's pid namespace; without offsets it would look the same", Hint: "Linux 6.3 or newer"})
	}
}

// lacksTime tells whether the program gets no time namespace of its own: without
// SharedClocks only a clone makes one, and who joins a pid namespace without root is not cloned again.
func (b *builder) lacksTime() bool {
	return b.within() && !b.hasJoiner() && isNew(b.spec.Namespaces.Time) && !b.host.SharedClocks
}

// enterOwner goes where the joined namespaces can be entered, and makes the builder or the new namespaces there.
func (b *builder) enterOwner() {
	switch {
	case !b.within():
		return
	case b.hasJoiner():
		b.actor = Joiner
	default:
		b.actor = Builder
	}
	args, group := words(b.newNamespaces()|cloneVM|cloneVfork|unix.CLONE_PARENT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), Cell(0)
	if b.hasJoiner() && b.run.Cgroup.Into != "" {
		group = b.cell()
		b.step("open", b.run.Cgroup.Into, open(cwd, b.run.Cgroup.Into, unix.O_PATH|unix.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC").into(group))
	}
	b.step("enter", "the user namespace that owns what is joined", setns(num(int64(b.run.Within), "$owner"), unix.CLONE_NEWUSER)).
		hint("only the user who made a user namespace, or root, can enter it", unix.EPERM)
	zero := n(0)
	b.step("become", "root of that user namespace", call("setresgid", zero, zero, zero), call("setresuid", zero, zero, zero)).
		hint("it maps no id 0, as those of sandboxes do", unix.EINVAL)
	b.joinTime()
	switch others := b.newNamespaces(); {
	case b.hasJoiner():
		b.startBuilder(args, group)
	case others != 0:
		b.step("make", "the other namespaces", call("unshare", flags(others, asCloneFlags)))
	}
}

// startBuilder creates the builder as a child of the launcher.
func (b *builder) startBuilder(args string, group Cell) {
	b.plan.Program = b.cell()
	set := word(args, 0) | unix.CLONE_PARENT_SETTID
	fixes := []Fix{at(24, cellAddress(b.plan.Program, ""))} // see startSibling
	if group != 0 {
		set |= unix.CLONE_INTO_CGROUP
		fixes = append(fixes, at(80, cell(group)))
	}
	clone := data(words(set)+args[8:], "", fixes...)
	clone.show = asCloneArgs
	b.step("start", "the builder", call("clone3", clone, n(cloneArgsSize))).
		hint("the limit on namespaces is reached (see /proc/sys/user/max_*_namespaces)", unix.ENOSPC).
		hint("the limit on processes is reached; see 'ulimit -u' and pids.max", unix.EAGAIN).Fork = true
}

func (b *builder) endJoiner() {
	if b.hasJoiner() {
		b.actor = Joiner
		b.step("end", "the joiner", call("exit_group", n(0)))
	}
}

// joinNamespaces enters the namespaces that the Spec names, while the builder
// still has the caller's rights over them. User and pid namespaces have to wait.
func (b *builder) joinNamespaces() {
	for _, k := range b.namespaceKinds() {
		if isJoined(k.from) && k.flag != unix.CLONE_NEWPID && k.flag != unix.CLONE_NEWTIME {
			b.join(k)
		}
	}
	if !b.within() {
		b.joinTime()
	}
}

// joinTime enters a time namespace, while the process is alone in its memory.
//
// FACT — since 5.6 (time_namespaces(7), setns(2) EUSERS) — that is what it takes;
// so the launcher's child is forked with a copy of its memory, which costs time
// by the launcher's size. The clocks that count from boot change at once; CLOCK_REALTIME is the same everywhere.
func (b *builder) joinTime() {
	if isJoined(b.spec.Namespaces.Time) {
		b.join(b.namespaceKinds()[5])
	}
}

func (b *builder) join(k kind) {
	b.step("join", k.name+" namespace "+string(k.from), setns(b.joined(k.name), k.flag)).
		hint("only root can join a namespace that another user owns", unix.EPERM)
}

// enterGuarded enters a user namespace in which others may have the power to trace whoever comes in.
// What made the builder's memory traceable is over, and the lock keeps other starts from doing it.
//
// FACT — always (commit_creds) — entering one gives capabilities, and that marks the memory by fs.suid_dumpable: mark it again at once.
func (b *builder) enterGuarded(object string, ns Arg) {
	b.guardMemory()
	b.plan.Exclusive = true
	b.step("enter", object, setns(ns, unix.CLONE_NEWUSER), untraceable())
}

// prepareUser makes the program's user namespace while nobody in the pid
// namespace to be joined can see the helper: to write its maps, the launcher's
// memory, which it shares, has to be marked traceable.
func (b *builder) prepareUser() {
	if isJoined(b.spec.Namespaces.PID) && b.makesUser() {
		b.makeUser()
	}
}

// enterPID lets the builder's children be born into the joined pid namespace. Who is
// root there already could trace them, were the memory they share with the launcher not guarded.
//
// FACT — since 3.8 (setns(2)) — CLONE_NEWPID is for children yet to be made.
func (b *builder) enterPID() {
	if b.insidePID {
		return
	}
	b.insidePID = true
	b.limitStart() // those inside may stop a helper and the program, of an ordinary user at least
	b.guardMemory()
	b.join(b.namespaceKinds()[0])
}

// joinedProc mounts the process tree of the joined pid namespace.
//
// FACT — always (proc(5)) — a proc file system shows the pid namespace of who
// makes it, and making it takes CAP_SYS_ADMIN over that: so a helper does it, inside.
// Those who are there may stop it while it has our memory, and let it go on later: so it is
// the launcher's child, who ends it.
func (b *builder) joinedProc() {
	b.enterPID()
	fs, tree := b.cell(), b.cell()
	set := uint64(unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
	if b.spec.Proc.ReadOnly {
		set |= unix.MS_RDONLY
	}
	calls := []Call{call("fsopen", str("proc"), num(unix.FSOPEN_CLOEXEC, "FSOPEN_CLOEXEC")).into(fs)}
	calls = append(calls, fsOptions(fs, b.procOptions())...)
	b.plan.Helper = b.cell()
	b.step("start", "a helper in the joined pid namespace", siblingOf(b.plan.Helper, cloneFiles)).
		hint("its process 1 has ended", unix.ENOMEM).Fork = true
	b.actor = Helper
	b.step("make proc", "of the joined pid namespace", append(calls, fsCreate(fs), fsMount(fs, attrOf(set)).into(tree), closeFD(fs))...).
		hint(hiddenProc, unix.EPERM)
	b.step("end", "the helper", call("exit_group", n(0)))
	b.actor = Builder
	b.attachTree(tree, "/proc")
}

// attachTree puts a detached mount at a directory of the new root.
func (b *builder) attachTree(tree Cell, p string) {
	if b.tree.trusted(p) {
		rel, calls := b.spot(p, true)
		move := call("move_mount", cell(tree), str(""), cwd, str(rel), num(unix.MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH"))
		b.step("mount proc", p, append(calls, move, closeFD(tree))...)
	} else {
		target := b.cell()
		b.step("mount proc", p, append(b.guardedTarget(p, target, true), moveTo(tree, target), closeFD(tree), closeFD(target))...).
			hint(missingHint, unix.ENOENT).hint("the target is not a directory", unix.ENOTDIR)
	}
	b.tree.nodes[p] = foreign
}

// startInside creates the program in the joined pid namespace. Their process 1
// reaps what it leaves, there is no init of ours.
func (b *builder) startInside() {
	b.enterPID()
	b.enterUser()
	b.startSibling()
	b.step("end", "the builder", call("exit_group", n(0)))
}
