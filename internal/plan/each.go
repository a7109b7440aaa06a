package plan

import "golang.org/x/sys/unix"

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

// keptProgram is program for a run: all that needs no job comes before the wait for it.
func (b *builder) keptProgram() {
	b.capabilityNamespaces()
	b.session()
	b.privileges()
	ruleset := b.keptRuleset()
	b.resources() // after the ruleset, whose descriptor may be beyond the program's limit
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

// Candidates are the places that a command may be in; a job takes MostPaths.
func Candidates(command string, env []string) []string { return candidates(command, env) }
