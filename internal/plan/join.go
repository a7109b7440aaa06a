package plan

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// Join computes the plan of one more program in a running sandbox, under the
// very confinement of the first: s is the sandbox's own Spec, with the command,
// environment and directory of the new program.
//
// The builder of this plan enters the namespaces of the first program, whose
// pidfd is in CellTarget, and creates the new program as its own sibling, so
// that the launcher is its parent.
func Join(s *spec.Spec, h Host, r Run) (*Plan, error) {
	b := &builder{spec: s, host: h, run: r, next: firstFreeCell, tree: newTree(), joining: true}
	b.plan.Clone = CloneArgs{Flags: cloneVM | cloneVfork | unix.CLONE_CLEAR_SIGHAND | unix.CLONE_PIDFD, CgroupDir: r.Cgroup.Into}
	if r.Cgroup.Into != "" {
		b.plan.Clone.Flags |= unix.CLONE_INTO_CGROUP
	}
	if s.Landlock.Mode == "on" || b.keepsFiles() {
		first := &builder{spec: s, host: h, run: r, next: firstFreeCell, tree: newTree()}
		first.fileTree() // not to be made again, but to know what of it is writable
		b.capped = first.capped
	}
	b.actor = Builder
	b.enterSandbox()
	b.terminal()
	b.startSibling()
	b.step("end", "the helper", call("exit_group", n(0)))
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	b.plan.Cells, b.plan.Terminal, b.plan.Notify = int(b.next), s.Terminal, r.Notify
	return &b.plan, nil
}

// enterSandbox takes the helper inside.
//
// The program inside could trace a process of its own user that has given up
// its capabilities but not yet exec'ed, and whose memory is the launcher's: so
// the memory is made undumpable first, which keeps everybody inside out.
func (b *builder) enterSandbox() {
	b.limitStart()
	b.guardMemory()
	b.step("reset", "umask", call("umask", num(0, "0")))
	b.dispositions()
	for _, procs := range b.run.Cgroup.Procs {
		b.writeFile(Write{Path: procs, Value: "0", What: "enter cgroup"})
	}
	if b.host.Root {
		b.step("drop", "supplementary groups", call("setgroups", n(0), num(0, "NULL")))
	}
	b.openHostProc()
	if flags := b.joinFlags(); flags != 0 { // Landlock may be the only wall
		b.step("enter", "the sandbox's namespaces", setns(cell(CellTarget), flags)).
			hint("only the user who started a sandbox, or root, can enter it", unix.EPERM).
			hint("the sandbox has ended", unix.ESRCH, unix.EINVAL)
	}
	b.sameClocks()
	if b.host.Root && b.hostUser() {
		b.keepRights() // elsewhere it enters with all of them
	}
	gid, uid := n(int64(*b.spec.User.GID)), n(int64(*b.spec.User.UID))
	b.step("become", "the program's user", call("setresgid", gid, gid, gid), call("setresuid", uid, uid, uid))
}

// guardMemory makes the launcher's memory, which is the helper's too, untraceable.
func (b *builder) guardMemory() {
	b.step("guard", "the launcher's memory", untraceable())
}

func untraceable() Call { return call("prctl", num(unix.PR_SET_DUMPABLE, "PR_SET_DUMPABLE"), n(0)) }

// patience is how many seconds a program that joins has to get to its exec. It takes about a millisecond, and some
// tens in a sandbox full of busy processes; meanwhile the launcher starts nothing else, see Plan.Exclusive.
const patience = 3

// limitStart ends the helper, unless it ends by itself in time. A program inside
// may stop the new one in the moment before its exec, even before its first
// step, and for that exec helper and launcher wait (CLONE_VFORK). The helper is
// out of reach, or has set this timer while it was; when it is killed the launcher ends the new program.
//
// FACT — always (timer_create(2), signal(7)) — a timer's SIGKILL ends its process
// also when that is stopped or waits for its vfork child; nobody else can call it off.
func (b *builder) limitStart() {
	timer := b.cell()
	event := words(0, uint64(unix.SIGKILL), 0, 0, 0, 0, 0, 0) // struct sigevent, SIGEV_SIGNAL
	b.step("limit", "the time until the program starts",
		call("timer_create", num(unix.CLOCK_MONOTONIC, "CLOCK_MONOTONIC"), data(event, "{SIGEV_SIGNAL, SIGKILL}"), cellAddress(timer, "&"+timer.String())),
		call("timer_settime", cell(timer), n(0), data(words(0, 0, patience, 0), fmt.Sprintf("{%d s}", patience)), num(0, "NULL"))).
		hint("the sandbox's user has too many queued signals (ulimit -i), maybe on purpose: end the sandbox", unix.EAGAIN).
		hint("timer_create is blocked by a sandbox around this one, or missing in the kernel (CONFIG_POSIX_TIMERS)", unix.ENOSYS)
}

// joinFlags are the kinds of namespace that the sandbox does not share with the host.
func (b *builder) joinFlags() uint64 {
	var flags uint64
	if !b.hostUser() {
		flags = unix.CLONE_NEWUSER
	}
	for _, k := range b.namespaceKinds() {
		if k.from != spec.NamespaceHost && k.flag != unix.CLONE_NEWTIME {
			flags |= k.flag
		}
	}
	return flags
}

// sameClocks makes a time namespace with the offsets of the sandbox's.
//
// FACT — since 5.6 (time_namespaces(7)) — entering one needs memory of one's
// own, making one does not.
func (b *builder) sameClocks() {
	if !isNew(b.spec.Namespaces.Time) {
		return
	}
	if !b.host.SharedClocks {
		if b.spec.Clock != (spec.Clock{}) { // the sandbox has joined the one that has them
			b.lackClocks()
		}
		return
	}
	b.step("make", "a time namespace like the sandbox's", call("unshare", num(unix.CLONE_NEWTIME, "CLONE_NEWTIME")))
	b.clocks()
}

// startSibling creates the new program as a child of the launcher.
//
// FACT — since 2.3.16 (clone(2), CLONE_PARENT) — the new process gets the
// creator's parent and, by clone3, no exit signal of its own choosing.
// FACT — since 2.5.49 (clone(2), CLONE_PARENT_SETTID) — its number is in our memory
// before it runs: the launcher finds it also when the helper has not lived to save it.
func (b *builder) startSibling() {
	// Setting the clocks has undone the guard. The helper is outside the
	// sandbox's pid namespace, where nobody inside can name it; its sibling will not be.
	b.guardMemory()
	b.plan.Program, b.plan.Exclusive = b.cell(), true
	b.step("start", "the program", siblingOf(b.plan.Program, 0)).Fork = true
	b.actor = Program
	b.program()
	b.actor = Builder
}

// siblingOf creates a child of the creator's parent, whose number goes into a cell.
func siblingOf(number Cell, more uint64) Call {
	flags := cloneVM | cloneVfork | uint64(unix.CLONE_PARENT|unix.CLONE_PARENT_SETTID) | more
	c := clone3(flags, 0, at(24, cellAddress(number, "")))
	c.Args[0].Text = "{flags=" + join(flags, cloneFlags[:]) + " parent_tid=&" + number.String() + "}"
	return c
}
