package plan

import (
	"errors"
	"fmt"

	"github.com/bulkhead/bulkhead/spec"
)

// Build computes the plan of one sandbox. s must be validated and have its
// defaults filled in.
func Build(s *spec.Spec, h Host, r Run) (*Plan, error) {
	b := newBuilder(s, h, r)
	b.onlyLandlock()
	b.checkUser()
	b.checkJoins()
	b.launcher()
	b.builder()
	switch {
	case b.supervised():
		b.startProgram()
		b.becomeInit()
	case isJoined(b.spec.Namespaces.PID):
		b.startInside()
	default:
		b.enterUser()
		b.program()
	}
	b.endJoiner()
	b.guardian()
	b.afterwards()
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	b.plan.Cells = int(b.next)
	b.plan.Init, b.plan.Terminal, b.plan.Notify = b.supervised(), b.spec.Terminal, b.run.Notify
	return &b.plan, nil
}

func newBuilder(s *spec.Spec, h Host, r Run) *builder {
	return &builder{spec: s, host: h, run: r, next: firstFreeCell, tree: newTree(), plan: Plan{Steps: make([]Step, 0, 160)}}
}

// builder collects the steps.
type builder struct {
	spec  *spec.Spec
	host  Host
	run   Run
	plan  Plan
	actor Actor
	next  Cell
	errs  []error
	tree  tree
	// Descriptors that many steps use.
	hostProc, oldRoot, stage, root, slave Cell
	// reserved are descriptors whose numbers the launcher has chosen, for the directories of a layer.
	reserved [2]Cell
	// here is the top of the tree that the working directory is in.
	here string
	// hostTrees are the copies of the host's whole tree, one for each bind of it that is still to come.
	hostTrees []Cell
	// owned are the user namespaces that id-mapped mounts use, by owner.
	owned map[Owner]Cell
	// userNS holds the program's user namespace where that has ranges of ids;
	// madeUser one with a single id that was made before it is needed.
	userNS, madeUser Cell
	// notify is where the program sends its seccomp listener.
	notify Cell
	// insidePID is set once the builder's children are born into the joined pid namespace.
	insidePID bool
	// network holds the network namespace that a helper makes.
	network Cell
	// helpers counts the processes that the builder had before the program.
	helpers int
	// keeps is set for a sandbox that is kept from run to run, renewed is what each run makes anew.
	keeps   bool
	renewed []renewal
	// joining is set for a program that joins a running sandbox.
	joining bool
	// capped are the writable directories with a size; init looks at the end whether one is full.
	capped []string
}

// launcher is what the caller does before the builder exists.
func (b *builder) launcher() {
	b.actor = Launcher
	b.makeCgroups()
	b.clone()
	b.enterOwner()
}

// builder is what process 1 does, in this order: it takes its place in the
// cgroup while it may, then its identity, and the mounts last because they
// hide the host's /proc that the other steps write to.
func (b *builder) builder() {
	b.actor = Builder
	if !isJoined(b.spec.Namespaces.PID) {
		b.askForGuardian()
	}
	b.step("reset", "umask", call("umask", num(0, "0")))
	b.dispositions()
	b.openHostProc()
	b.startNetwork()
	b.enterCgroups()
	b.joinNamespaces()
	b.identity()
	b.prepareUser()
	b.names()
	b.clocks()
	b.fileTree()
	b.terminal()
}

// supervised says whether an init stands between the launcher and the program.
// Without a pid namespace of its own the program needs none: orphans go to the host's init.
func (b *builder) supervised() bool {
	return !b.spec.AsPID1 && isNew(b.spec.Namespaces.PID)
}

// startProgram lets the builder create the program. Unlike one that joins it
// needs no limitStart: nobody else is in the new pid namespace, where alone it could be named, to stop it.
func (b *builder) startProgram() {
	flags := cloneVM | cloneVfork
	if b.makesUser() {
		flags |= b.programNamespaces()
	}
	b.step("start", "the program", clone3(flags, sigchld)).Fork = true
	b.actor = Program
	b.mapUser()
	b.program()
	b.actor = Builder
}

// program is how a process becomes the command: from the least to the most
// irreversible, the system-call filter last.
func (b *builder) program() {
	if isJoined(b.spec.Namespaces.PID) {
		b.askForGuardian() // the builder will not become the program, which did not exist before
	}
	b.capabilityNamespaces()
	b.stdio()
	b.session()
	b.resources()
	b.workdir()
	b.privileges()
	b.landlock()
	b.diesWithLauncher()
	b.awaitGuardian()
	b.closeAll()
	b.signalMask()
	b.startClock()
	b.filter()
	b.exec()
}

// step adds a step of the current actor.
func (b *builder) step(does, object string, calls ...Call) *Step {
	b.plan.Steps = append(b.plan.Steps, Step{Actor: b.actor, Does: does, Object: object, Calls: calls})
	return &b.plan.Steps[len(b.plan.Steps)-1]
}

// hint adds advice to a step.
func (s *Step) hint(text string, on ...Errno) *Step {
	if len(on) == 0 {
		on = []Errno{0}
	}
	for _, e := range on {
		s.Hints = append(s.Hints, Hint{e, text})
	}
	return s
}

// cell returns a fresh result cell.
func (b *builder) cell() Cell {
	b.next++
	return b.next - 1
}

// fail records an impossibility.
func (b *builder) fail(object, why, hint string) {
	b.errs = append(b.errs, &Error{Object: object, Why: why, Hint: hint})
}

// Error says why a Spec cannot be met on a Host.
type Error struct{ Object, Why, Hint string }

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Object, e.Why) }

// isNew tells whether a namespace is to be a new one.
func isNew(ns spec.Namespace) bool { return ns == "" || ns == spec.NamespaceNew }
