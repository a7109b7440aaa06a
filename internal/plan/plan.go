// Package plan turns a Spec and the facts of a host into the ordered list of
// system calls that make the sandbox. It is pure: it makes no system call and
// reads no file, so the same Spec and Host always give the same Plan.
//
// A Plan is both what `bulkhead plan` prints and what package launch executes:
// there is no second description that could drift from the first.
package plan

import (
	"syscall"

	"github.com/bulkhead/bulkhead/spec"
)

// Plan is the ordered list of steps from a Spec to a running program.
type Plan struct {
	// Clone is the call by which the launcher creates the builder.
	Clone CloneArgs
	Steps []Step
	// Started is the first of four cells with the time of the exec, a struct timespec, by CLOCK_MONOTONIC unless OwnMemory is set.
	Started Cell
	// Notes are the cells with the times at which the steps ended; see Timed.
	Notes []Cell
	// Program is the cell with the pid of a process that the launcher's child creates as its
	// sibling: the sandbox's first one, or the program that joins it. Zero if the child itself is that.
	Program Cell
	// Helper is the cell with the pid of a helper that others could stop: the launcher ends it in any case.
	Helper Cell
	// Exclusive says that the launcher's memory, which the steps make untraceable, has to stay so until they end.
	Exclusive bool
	// OwnMemory says that the launcher's child has a copy of its memory instead of the memory itself, and
	// takes its times by CLOCK_REALTIME, since it leaves the launcher's time namespace.
	OwnMemory bool
	// Maps are id maps that the launcher has to have written by newuidmap(1)
	// and newgidmap(1) while the builder waits.
	Maps *Maps
	// Init says that the builder becomes init and reports the program's wait status; Terminal that it sends a
	// terminal's master; Notify that the program sends a seccomp listener.
	Init, Terminal, Notify bool
	// Watched says that there is a guardian: the process that becomes the program asks for it and waits until it is there.
	Watched bool
	// Guarded says that Landlock keeps the program's descriptors at the mode they were opened with.
	Guarded bool
	// Cells is how many result cells the steps use.
	Cells int
	// Each is the plan of one run, for a sandbox that is kept: its process 1 takes it again and again. Its clone is process 1's.
	Each *Plan
	// Lazy says that nothing is made ready before there is a job.
	Lazy bool
	// Ruleset is the cell with the Landlock ruleset that a run comes under when its streams are files; Restricted says that it does in any case.
	Ruleset    Cell
	Restricted bool
	// Dropped lists what the Spec allowed to be given up and this host cannot provide.
	Dropped []spec.Dropped
}

// Maps are the id maps of a user namespace.
type Maps struct{ UID, GID []spec.IDMap }

// Actor is the process that takes a step.
type Actor uint8

const (
	// Launcher is the calling process, before the builder exists.
	Launcher Actor = iota
	// Joiner takes the builder into the user namespace that owns what is joined, where that is another.
	Joiner
	// Builder is the child that has power over the new namespaces. It is
	// process 1 of the new pid namespace and ends by becoming init.
	Builder
	// Helper is a short-lived child of the builder that makes a namespace for it.
	Helper
	// Program is the builder's child that gives up everything and becomes the command.
	Program
	// Guardian is a child of the launcher that outlives it, outside the sandbox.
	Guardian
	// After is the launcher again, once the program runs.
	After
)

func (a Actor) String() string {
	return [...]string{"launcher", "joiner", "builder", "helper", "program", "guardian", "after"}[a]
}

// Step is one thing done, in terms a reader knows, with the calls that do it.
type Step struct {
	Actor Actor
	// Does is the verb and Object what it acts on: "mount proc" "/proc".
	Does   string
	Object string
	Calls  []Call
	// Hints say what to do when a call of this step fails.
	Hints []Hint
	// Fork marks the step whose last call creates the process that takes the
	// steps right after it; its own actor goes on behind those.
	Fork bool
	// Exec marks the steps that start the command: their failure is the
	// command's (126, 127), not the set-up's (125).
	Exec bool
}

// Hint is advice for one errno; 0 stands for any.
type Hint struct {
	Errno syscall.Errno
	Text  string
}

// Call is one system call, as data.
type Call struct {
	// Name is the kernel's, without prefix: "move_mount".
	Name string
	Args []Arg
	// Save names the cell that receives the result.
	Save Cell
	// Allow is the set of errnos, bit by number, that are no failure. After one
	// of them the step is over if Leave is set, else the next call follows.
	Allow uint64
	Leave bool
	// Done ends the step when the call succeeds: what follows is a retry.
	Done bool
	// Again is how often the builder and its children make the call anew after EAGAIN.
	Again int
}

// Cell is a place for a small result, such as a descriptor. Zero is none.
type Cell int

// The cells that the launcher fills before the builder starts. They hold
// descriptors of the launcher, which the builder inherits.
const (
	_ Cell = iota
	// CellStatus is the write end of the pipe for the program's wait status.
	CellStatus
	// CellInit is the memfd with the init program.
	CellInit
	// CellLife is the read end of a pipe, not blocking, whose write end only the launcher holds; CellLifeWrite is that end.
	CellLife
	CellLifeWrite
	// CellSync and CellGo are the pipes for a builder that waits until the launcher has written its id maps.
	CellSync
	CellGo
	// CellTerminal is the socket over which the terminal's master goes to the launcher.
	CellTerminal
	// CellTarget is a pidfd of the first program of a running sandbox.
	CellTarget
	// CellNotify is the socket over which a seccomp listener goes to the launcher.
	CellNotify
	// CellBorn and CellWatched are the pipes by which the builder says that it exists and is told that its guardian does.
	CellBorn
	CellWatched
	// CellGuardian is the memfd with the guardian program, CellSandbox a pidfd of what becomes the program, CellSelf one of the launcher.
	CellGuardian
	CellSandbox
	CellSelf
	// CellSocket is the socket over which a kept sandbox gets its jobs, CellImage the memory that it shares with the launcher.
	CellSocket
	CellImage
	// CellReady is not zero once a run waits for its job.
	CellReady
	// The cells of a job, which the launcher fills before each run. Those from CellJobDir on hold addresses.
	CellJobByte
	CellJobControl
	CellJobGuard
	CellJobRules
	CellJobDir    = CellJobRules + Streams
	CellJobArgv   = CellJobDir + 1
	CellJobEnv    = CellJobArgv + 1
	CellJobPaths  = CellJobEnv + 1
	firstFreeCell = CellJobPaths + MostPaths
)

// Streams is how many descriptors a job brings, MostPaths how many places a command is looked for in.
const (
	Streams   = 3
	MostPaths = 16
)

// Arg is one argument of a Call. The zero Arg is the number 0.
type Arg struct {
	// Text shows the argument; empty means by its value.
	Text string
	str  string // the string or the bytes of the structure
	num  int64  // the number or the cell
	more *more
	kind argKind
	show shower
}

// more is what only few arguments have.
type more struct {
	vec []string
	fix []Fix
}

// Fix fills a pointer or a cell into a structure.
type Fix struct {
	Offset int
	Arg    Arg
}

type argKind uint8

const (
	argNum argKind = iota
	argCell
	argStr
	argData
	argVec
	argCellAddr
	argPathOf
)

// FDDir is where the paths of a process's own descriptors are; proc_pid_fd(5).
const FDDir = "/proc/self/fd/"

// Kind-specific views for package launch.

// Number returns the number of a plain argument.
func (a Arg) Number() (n int64, ok bool) { return a.num, a.kind == argNum }

// CellRef returns the cell whose content is the argument.
func (a Arg) CellRef() (c Cell, ok bool) { return Cell(a.num), a.kind == argCell }

// Str returns the string that the argument points to.
func (a Arg) Str() (s string, ok bool) { return a.str, a.kind == argStr }

// Data returns the structure that the argument points to.
func (a Arg) Data() (b string, fix []Fix, ok bool) {
	if a.kind == argData && a.more != nil {
		fix = a.more.fix
	}
	return a.str, fix, a.kind == argData
}

// Vec returns the NULL-terminated vector of strings that the argument points to.
func (a Arg) Vec() (v []string, ok bool) {
	if a.kind != argVec {
		return nil, false
	}
	return a.more.vec, true
}

// CellAddr returns the cell that the argument points to.
func (a Arg) CellAddr() (c Cell, ok bool) { return Cell(a.num), a.kind == argCellAddr }

// PathOf returns the cell of the launcher's whose descriptor's path, below FDDir, is the argument.
func (a Arg) PathOf() (c Cell, ok bool) { return Cell(a.num), a.kind == argPathOf }

// CloneArgs is struct clone_args for the builder; clone(2).
type CloneArgs struct {
	Flags uint64
	// CgroupDir is the cgroup v2 directory to be born in; empty for none.
	CgroupDir string
}
