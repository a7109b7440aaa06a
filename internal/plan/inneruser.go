package plan

import (
	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// powerful tells whether the program has capabilities that, in the builder's own
// user namespace, would count over init and over the mounts, whose flags are
// locked only where another namespace copies them. Then it gets one of its own below that.
func (b *builder) powerful() bool {
	return b.kept()&(1<<unix.CAP_SYS_ADMIN|1<<unix.CAP_SYS_PTRACE) != 0
}

// makeInnerUser makes a user namespace with the same ranges of ids as the
// builder's, which a user's builder, too, can map by itself.
//
// FACT — always (task_dump_owner in fs/proc/base.c) — the files of a process that has ended are
// root's, so the helper has to live until its maps are written: it stops itself.
// FACT — since 3.9 (create_user_ns) — who makes a user namespace must have ids that the one around it maps: the program's, by now.
func (b *builder) makeInnerUser() {
	if limit := b.spec.Limits.Memory; limit > 0 && limit < enoughMemory {
		b.fail("id maps with CAP_SYS_ADMIN or CAP_SYS_PTRACE", "the user namespace of such a program is made by a helper, for which the memory limit is too low",
			"a memory limit of 64M or more, or the program without these capabilities")
	}
	b.userNS = b.cell()
	number, dir := b.cell(), b.cell()
	flags := cloneVM | cloneFiles | uint64(unix.CLONE_NEWUSER|unix.CLONE_PARENT_SETTID)
	b.step("start", "a helper for the program's user namespace", clone3(flags, sigchld, at(24, cellAddress(number, "")))).Fork = true
	b.helpers++
	b.actor = Helper
	b.step("die with", "the builder", call("prctl", num(unix.PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG"), num(int64(unix.SIGKILL), "SIGKILL")))
	b.step("keep", "the program's user namespace",
		open(cell(b.hostProc), "self", unix.O_PATH|unix.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC").into(dir),
		open(cell(dir), "ns/user", unix.O_RDONLY, "O_RDONLY|O_CLOEXEC").into(b.userNS))
	b.step("wait for", "its maps", call("kill", cell(number), num(int64(unix.SIGSTOP), "SIGSTOP")))
	b.step("end", "the helper", call("exit_group", n(0)))
	b.actor = Builder
	wait := func(how int64, text string) Call { // also for one that has failed, whose report came first
		return call("wait4", cell(number), num(0, "NULL"), num(how, text), num(0, "NULL"))
	}
	b.step("wait for", "the helper", wait(unix.WALL|unix.WUNTRACED, "__WALL|WUNTRACED"))
	b.writeMarked(dir, "uid_map", mapText(sameIDs(b.spec.User.UIDMap)))
	b.writeMarked(dir, "gid_map", mapText(sameIDs(b.spec.User.GIDMap)))
	b.step("end", "the helper", call("kill", cell(number), num(int64(unix.SIGKILL), "SIGKILL")), wait(unix.WALL, "__WALL"), closeFD(dir))
}

// writeMarked writes a map of the helper, whose memory is the builder's.
func (b *builder) writeMarked(dir Cell, file, text string) {
	fd := b.openMarked("the helper's "+file, cell(dir), file)
	b.step("write", file, write(fd, text), closeFD(fd))
}

// sameIDs maps each id that the others map inside to itself.
func sameIDs(maps []spec.IDMap) []spec.IDMap {
	same := make([]spec.IDMap, len(maps))
	for i, m := range maps {
		same[i] = spec.IDMap{Inside: m.Inside, Outside: m.Inside, Count: m.Count}
	}
	return same
}
