package plan

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// A sandbox that is kept runs one program after another. What no program can
// change is made once: the host's part of the file tree, read-only, the network
// namespace, the user namespaces, the cgroup. What a program leaves
// traces in is new for each run: its process tree, mounts that can be written
// to, IPC, its credentials. The spawner, process 1 of the sandbox, makes
// that by walking the steps of Plan.Each, which end when the program runs; the process
// that took them is then the init of that run.

// BuildKept computes the plan of a sandbox that is kept. Command, streams, and
// working directory are those of the job that comes.
func BuildKept(s *spec.Spec, h Host, r Run) (*Plan, error) {
	b := newBuilder(s, h, r)
	b.keeps = true
	b.checkKept()
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	b.launcher()
	b.builder()
	b.keepUser()
	b.becomeSpawner()
	b.afterwards()
	b.plan.Each = b.each()
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	b.plan.Cells = int(b.next)
	return &b.plan, nil
}

// checkKept refuses what cannot be had again and again.
func (b *builder) checkKept() {
	s := b.spec
	refuse := func(when bool, object, hint string) {
		if when {
			b.fail(object, "a sandbox that is kept cannot have it", hint)
		}
	}
	const alone = "start such a program in a sandbox of its own"
	for _, k := range b.namespaceKinds() {
		refuse(!isNew(k.from), k.name+" namespace "+string(k.from), alone)
	}
	refuse(!isNew(s.Namespaces.User), "user namespace "+string(s.Namespaces.User), alone)
	refuse(s.Landlock.Mode == "only", "landlock only", alone)
	refuse(s.AsPID1, "a program as process 1", "leave it out: init costs next to nothing here")
	refuse(s.Terminal, "a terminal", alone)
	refuse(s.Nest, "nesting", alone)
	refuse(b.ranged(), "id maps with ranges", "the single-id map")
	refuse(b.run.Notify, "a policy that asks a supervisor", alone)
	files, limited := s.Limits.Rlimits["nofile"]
	refuse(s.Limits.OpenFiles > 0 && s.Limits.OpenFiles < Streams || limited && files >= 0 && files < Streams, "a limit on open files below three", "the streams of a job need as many")
	refuse(len(s.PassFDs) > 0, "descriptors to pass", "a job brings its three streams")
	refuse(s.Root.Writable, "a writable root", "mount a tmpfs where the program has to write")
	refuse(s.Root.Overlay != nil, "an overlay", "mount a tmpfs where the program has to write")
	for _, m := range s.Mounts {
		refuse(m.Type == spec.MountOverlay, "the overlay "+m.Target, "mount a tmpfs where the program has to write")
	}
}

// The spawner's descriptors.
const (
	spawnSocket = 3
	spawnImage  = 4
	spawnProc   = 5
	spawnUser   = 6
)

// keepUser makes the program's user namespace once for all runs, where no program has rights in
// it: then none can change it. What it holds are the id maps, and counts that go down as processes end.
func (b *builder) keepUser() {
	if b.kept() != 0 {
		return
	}
	b.madeUser = b.cell()
	b.helper("make", "a user namespace for the programs", func() {
		b.mapUser()
		if b.host.Root {
			// FACT — since 3.10 (user_namespaces(7), projid_map) — a process may write this map without any right, if the
			// namespace around it maps the ids, and once only — so it is written here, or a program would leave its own to the next.
			b.writeOwn("projid_map", "map", "project id 0", "0 0 1\n")
		}
	}, b.madeUser)
	b.reapHelper()
}

// spawnRights is what the spawner of root's sandbox needs; a user's is root of its user namespace.
const spawnRights = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID | 1<<unix.CAP_KILL

// becomeSpawner is becomeInit for a sandbox that is kept.
func (b *builder) becomeSpawner() {
	proc, user := b.cell(), b.cell()
	if b.host.Root {
		b.step("keep", "the rights to make a run", b.inherit(spawnRights&b.host.Permitted, "CAP_SYS_ADMIN, ...")...)
	}
	b.diesWithLauncher()
	away := func(fd, to Cell) Call {
		return call("fcntl", cell(fd), num(unix.F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"), n(64)).into(to)
	}
	place := func(fd Cell, number int64) Call { return call("dup3", cell(fd), n(number), n(0)) }
	last := int64(spawnProc)
	calls := []Call{away(b.hostProc, proc)}
	if b.madeUser != 0 {
		calls = append(calls, away(b.madeUser, user), place(user, spawnUser))
		last = spawnUser
	}
	calls = append(calls, place(CellSocket, spawnSocket), place(CellImage, spawnImage), place(proc, spawnProc),
		call("close_range", n(0), n(2), n(0)), call("close_range", n(last+1), num(1<<32-1, "~0"), num(unix.CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC")))
	b.step("keep", "what the spawner needs", calls...)
	b.noNewPrivs()
	argv := append([]string{"bulkhead-init", programPID(0), b.run.Name}, b.capped...) // as init's: programs see them
	b.step("become", "the spawner", call("execveat", cell(CellInit), str(""), vec(argv),
		vec(nil), num(unix.AT_EMPTY_PATH, "AT_EMPTY_PATH"))).
		hint("the kernel forbids executable memfds: set vm.memfd_noexec to 0 or 1", unix.EACCES)
}
