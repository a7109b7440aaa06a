package plan

import (
	"errors"
	"path"
	"slices"
	"strings"

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
	refuse(len(s.PassFDs) > 0, "descriptors to pass", "a job brings its three streams")
	refuse(s.Root.Writable, "a writable root", "mount a tmpfs where the program has to write")
	refuse(s.Root.Overlay != nil, "an overlay", "mount a tmpfs where the program has to write")
	for _, m := range s.Mounts {
		refuse(m.Type == spec.MountOverlay, "the overlay "+m.Target, "mount a tmpfs where the program has to write")
	}
}

// freshMount is a file system that each run gets anew.
type freshMount struct {
	fstype, path string
	flags        uint64
	options      string
}

// isFresh tells whether programs leave traces in such a file system. The
// devices' own is only there to hold them.
//
// FACT — since 4.2 (mount_too_revealing) — in a user namespace proc can be mounted only where
// one is in full view already — so a user's sandbox that is kept has one that those of the runs cover.
func isFresh(fstype, p string) bool {
	return fstype == "proc" || fstype == "devpts" || fstype == "mqueue" || fstype == "tmpfs" && p != "/dev"
}

// later makes the place for such a mount, and leaves the rest to each run.
func (b *builder) later(m freshMount) *Step {
	b.renewed = append(b.renewed, renewal{fresh: &m})
	var calls []Call
	if b.tree.trusted(m.path) {
		_, calls = b.spot(m.path, true)
	} else {
		target := b.cell()
		calls = append(b.guardedTarget(m.path, target, true), closeFD(target))
	}
	b.tree.nodes[m.path] = foreign
	if m.fstype == "tmpfs" {
		b.capped = append(b.capped, m.path)
		b.tree.nodes[m.path] = madeDir // what is mounted in it is moved by each run
	}
	if len(calls) == 0 {
		return &Step{}
	}
	return b.step("keep a place for", m.fstype+" "+m.path, calls...).hint(missingHint, unix.ENOENT)
}

// renewal is what each run makes anew: a file system, or what the Spec mounts or writes in one.
type renewal struct {
	fresh *freshMount
	inner *spec.Mount
	// index is inner's in the Spec, from the cell that holds its mount, for one that is moved.
	index int
	from  Cell
}

// renewedAbove is the path of the innermost renewed file system that p is in, or "".
func (b *builder) renewedAbove(p string) (top string) {
	for _, r := range b.renewed {
		if r.fresh != nil && strings.HasPrefix(path.Clean(p), r.fresh.path+"/") {
			top = r.fresh.path
		}
	}
	return top
}

// againEachRun notes a mount of the Spec that is in a file system which each run gets
// anew, and tells whether that is all: a bind is made now, from the host, and moved later.
func (b *builder) againEachRun(m *spec.Mount, i int) bool {
	top := b.renewedAbove(m.Target)
	switch {
	case !b.keeps || top == "":
		return false
	case !b.tree.trusted(top):
		b.fail("mount "+m.Target, "it is in "+top+", which each run of a sandbox that is kept gets anew", "mount it elsewhere, or leave "+top+" out")
		return true
	case m.Type != spec.MountBind:
		only := m.Type == spec.MountFile || m.Type == spec.MountDir || m.Type == spec.MountSymlink
		if only {
			b.renewed = append(b.renewed, renewal{inner: m, index: i})
		}
		return only
	}
	if !b.tree.trusted(m.Target) {
		return false // it is in another bind, and moves along
	}
	b.renewed = append(b.renewed, renewal{inner: m, index: i})
	return false
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

// each is the plan of one run.
func (b *builder) each() *Plan {
	e := newBuilder(b.spec, b.host, b.run)
	e.keeps, e.capped, e.actor = true, b.capped, Builder
	e.plan.Clone.Flags = cloneVM | unix.CLONE_PIDFD | unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	e.renew(b)
	if b.madeUser != 0 {
		e.step("start", "the program", clone3(cloneVM|cloneVfork, sigchld)).Fork = true
		e.actor = Program
		e.step("enter", "the program's user namespace", call("setns", n(spawnUser), num(unix.CLONE_NEWUSER, "CLONE_NEWUSER")))
	} else {
		e.hostProc = e.cell()
		e.step("open", "/proc", call("fcntl", n(spawnProc), num(unix.F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"), n(spawnUser+1)).into(e.hostProc))
		e.step("start", "the program", clone3(cloneVM|cloneVfork|e.programNamespaces(), sigchld)).Fork = true
		e.actor = Program
		e.mapUser()
	}
	e.keptProgram()
	e.actor = Builder
	e.settleInit()
	b.errs = append(b.errs, e.errs...)
	e.plan.Cells = int(e.next)
	return &e.plan
}

// renew makes what programs leave traces in, and puts into it what belongs there.
func (b *builder) renew(kept *builder) {
	b.knowTree(kept)
	renewed := slices.Clone(kept.renewed)
	for i := range renewed {
		if m := renewed[i].inner; m != nil && m.Type == spec.MountBind {
			renewed[i].from = b.cell()
			b.step("hold", m.Target, call("open_tree", cwd, str(m.Target), num(unix.OPEN_TREE_CLOEXEC, "OPEN_TREE_CLOEXEC")).into(renewed[i].from))
		}
	}
	for _, r := range renewed {
		switch {
		case r.fresh != nil:
			b.freshen(r.fresh)
		case r.from != 0:
			b.step("move", bindObject(r.inner), append(b.attachBind(r.from, r.inner), closeFD(r.from))...)
		case r.inner.Type == spec.MountFile:
			b.userFile(r.inner, r.index)
		case r.inner.Type == spec.MountDir:
			b.userDir(r.inner)
		default:
			b.userLink(r.inner)
		}
	}
	b.capped = kept.capped
}

// knowTree takes over what is known of the file tree, but for what a new mount covers.
func (b *builder) knowTree(kept *builder) {
	for p, origin := range kept.tree.nodes {
		if kept.renewedAbove(p) == "" {
			b.tree.nodes[p] = origin
		}
	}
	b.here = "/"
	b.tree.tops["/"] = 0 // never gone to: all of a run happens there
}

// freshen mounts one of them.
func (b *builder) freshen(m *freshMount) {
	if b.tree.trusted(m.path) {
		_, calls := b.spot(m.path, true)
		b.tree.nodes[m.path] = foreign
		if m.fstype == "tmpfs" {
			b.tree.nodes[m.path] = madeDir
		}
		b.step("mount "+m.fstype, m.path, append(calls, mount(m.fstype, m.path, m.fstype, m.flags, m.options))...).hint(hiddenProc, unix.EPERM)
		return
	}
	if b.root == 0 {
		b.root = b.cell()
		b.step("open", "/", open(cwd, "/", unix.O_PATH|unix.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC").into(b.root))
	}
	b.keeps = false // it is to be made now
	b.guardedFS(m.fstype, m.path, m.flags, m.options)
	b.keeps = true
}

// keptProgram is program for a run: all that needs no job comes before the wait for it.
func (b *builder) keptProgram() {
	b.capabilityNamespaces()
	b.session()
	b.resources()
	b.privileges()
	ruleset := b.keptRuleset()
	b.signalMask()
	if b.run.Early {
		b.filter()
	}
	b.awaitJob()
	b.keptFiles(ruleset)
	b.step("enter", "the working directory", call("chdir", cell(CellJobDir))).
		hint("the working directory does not exist inside: make it with --dir or --tmpfs, bind it, or choose another with --workdir", unix.ENOENT).
		hint("the working directory is not a directory", unix.ENOTDIR).
		hint("the program's user may not enter the working directory", unix.EACCES)
	b.step("close", "what is not the program's", call("close_range", n(Streams), num(1<<32-1, "~0"), num(unix.CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC")))
	b.startClock()
	if !b.run.Early {
		b.filter()
	}
	b.execJob()
}

// EarlyCalls are the calls that a filter has to let through to be installed before the job comes.
func EarlyCalls() []string {
	return []string{"close_range", "getpid", "recvmsg", "fcntl", "landlock_add_rule", "landlock_restrict_self", "chdir", "clock_gettime", "execve"}
}

// awaitJob notes that all is ready, by a number in memory, and waits for the job. Descriptors 0 to 2
// are free then, so that these are the numbers that its streams get.
func (b *builder) awaitJob() {
	iov := data(words(0, 1), "", at(0, cellAddress(CellJobByte, "")))
	header := data(words(0, 0, 0, 1, 0, 32, 0), "{SCM_RIGHTS, streams}", at(16, iov), at(32, cellAddress(CellJobControl, "")))
	b.step("wait for", "a job", call("close_range", n(0), n(Streams-1), n(0)), call("getpid").into(CellReady), call("recvmsg", n(spawnSocket), header, n(0)))
}

// keptRuleset makes the Landlock ruleset that a job may need; 0 is none.
func (b *builder) keptRuleset() Cell {
	b.run.Guarded = true // what the streams are nobody knows yet
	var ruleset Cell
	switch {
	case b.wantsLandlock():
		b.plan.Restricted = true
		ruleset = b.ruleset(b.landlockRules(), b.landlockNet(), b.landlockScope())
	case b.keepsFiles():
		ruleset = b.ruleset(b.treeRules(), 0, 0)
	default:
		return 0
	}
	b.plan.Ruleset = b.cell()
	b.step("keep", "the ruleset", call("fcntl", cell(ruleset), num(unix.F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"), n(spawnUser+1)).into(b.plan.Ruleset))
	return b.plan.Ruleset
}

// keptFiles allows the job's streams as they are, and restricts the program if the launcher wants it.
//
// FACT — always (landlock_add_rule(2)) — a rule without rights gives ENOMSG, whatever its descriptor — so that the launcher says by that which streams are files.
func (b *builder) keptFiles(ruleset Cell) {
	if ruleset == 0 {
		return
	}
	var calls []Call
	for i := range Cell(Streams) {
		calls = append(calls, call("landlock_add_rule", cell(ruleset), num(unix.LANDLOCK_RULE_PATH_BENEATH, "LANDLOCK_RULE_PATH_BENEATH"),
			cellAddress(CellJobRules+i, ""), n(0)).allow(unix.ENOMSG))
	}
	wanted := call("fcntl", cell(CellJobGuard), num(unix.F_GETFD, "F_GETFD")).unless(unix.EBADF) // -1 for no
	calls = append(append([]Call{wanted}, calls...), call("landlock_restrict_self", cell(CellJobGuard), n(0)))
	b.step("restrict", "the program by Landlock", calls...)
}

// execJob starts the command of the job: each place that it may be in, and the last one again and again.
func (b *builder) execJob() {
	calls := make([]Call, MostPaths)
	for i := range calls {
		calls[i] = call("execve", cell(CellJobPaths+Cell(i)), cell(CellJobArgv), cell(CellJobEnv))
		if i < len(calls)-1 {
			calls[i] = calls[i].allow(unix.ENOENT, unix.ENOTDIR, unix.EACCES)
		}
	}
	b.step("run", "the job's command", calls...).Exec = true
}

// settleInit gives up what the init of a run does not need; see becomeInit, which does it by an exec.
func (b *builder) settleInit() {
	keep := uint64(0)
	if b.host.Root {
		keep = b.killer()
	}
	if keep != 0 {
		b.becomeInitID() // see initID
	}
	b.step("keep", "only the way to the launcher", call("close_range", n(0), n(spawnSocket-1), n(0)), call("close_range", n(spawnSocket+1), num(1<<32-1, "~0"), n(0)))
	b.step("give up", "all rights but that to send signals", call("capset", data(words(unix.LINUX_CAPABILITY_VERSION_3), "v3"), data(words(keep|keep<<32, 0, 0), "{CAP_KILL}")),
		call("prctl", num(unix.PR_SET_DUMPABLE, "PR_SET_DUMPABLE"), n(0)))
}

// Candidates are the places that a command may be in, for a job; at most MostPaths.
func Candidates(command string, env []string) []string {
	paths := candidates(command, env)
	return slices.Clone(paths[:min(len(paths), MostPaths)])
}
