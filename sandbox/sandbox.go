package sandbox

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/internal/terminal"
	"github.com/bulkhead/bulkhead/spec"
)

// Spec says what the program may see, do and use; see package spec.
type Spec = spec.Spec

// Result says how a program ended.
type Result = spec.Result

// IO are the program's three standard streams. A nil stream is /dev/null. The
// files stay the caller's, who may close them once Start has returned, except
// that Stdout and Stderr are written to until Wait returns if Spec.Limits.Output is set.
type IO struct {
	Stdin, Stdout, Stderr *os.File
	// Rows and Columns are the initial size of the program's terminal, if it has one (Spec.Terminal). Default: that of Stdin or
	// Stdout, whose special characters it has from its start, too; 24 rows of 80 columns if neither is a terminal.
	Rows, Columns uint16
	// Lacking is called right before the program starts with the protections
	// that the host lacks and the Spec lets go, if there are any, and
	// once more if only the start shows that ids cannot be mapped (ProtectionIDMap).
	Lacking func([]spec.Dropped)
	// Started is called by Run when the program runs. Limits on time are not enforced until it returns.
	Started func(*Sandbox)
	// Lasting is called by Run when the program has run for 20 ms: the place for
	// what a short program need not pay for, such as listening to signals. The same holds for it.
	Lasting func(*Sandbox)

	detached *detachment // of Supervise
	keeps    bool        // of a Pool
	planned  bool        // nothing will be started: names need not be unique, and are always the same
}

// Sandbox is a live sandbox. Its methods may be called from several goroutines.
type Sandbox struct {
	spec    Spec
	name    string
	id      string
	proc    *launch.Process
	group   *cgroup.Group
	dropped []spec.Dropped
	capture *terminal.Capture
	// What other processes need to know of it.
	launcher int
	layout   cgroup.Layout
	env      []string
	cgroup   plan.Cgroup
	reg      registration
	model    *os.File      // the caller's terminal that its own was made like
	guarded  bool          // its program cannot open its descriptors anew
	foreign  bool          // started by another process
	end      *os.File      // of a foreign one that is supervised: where its end will be told
	temp     []string      // directories that go with it
	settled  bool          // it has run for as long as settled
	before   []state       // of Spec.Watch
	base     *cgroup.Stats // what the cgroup had counted before; nil for one of its own
	least    int64         // processes that any run in such a cgroup has
	counted  cgroup.Stats  // what it has counted at the last look

	reaping sync.Mutex
	reaped  bool        // the number of process 1 may be somebody else's
	killed  atomic.Bool // Kill was called

	limit  atomic.Pointer[spec.LimitKind] // the limit that we ended it for
	relay  atomic.Pointer[terminal.Relay] // of a terminal whose output is limited
	last   func(*Sandbox)                 // IO.Lasting, until it was called
	cancel func() bool                    // calls off the kill on the end of the context
	done   chan struct{}
	// result and unwritten, the error about its output, are valid once done is closed.
	result    Result
	unwritten error
}

// Run starts a program and waits for its end. The error is Start's or, if the Result is that of a program that ran, Wait's.
// Cancelling ctx kills the program, which is no error: the Result says "signaled" and SIGKILL.
func Run(ctx context.Context, s *Spec, io IO) (Result, error) {
	box, err := start(ctx, s, io)
	if err != nil {
		return failed(err), err
	}
	if io.Started != nil {
		io.Started(box)
	}
	box.last = io.Lasting
	box.await()
	return box.result, box.unwritten
}

// failed is the Result of a set-up that failed.
func failed(err error) Result {
	r := Result{Status: spec.SetupFailed, ExitCode: 125, Error: SetupError(err), Dropped: []spec.Dropped{}}
	if e, ok := err.(*Error); ok {
		r.ExitCode = e.ExitCode()
	}
	return r
}

// Start starts a program and returns when it runs. Cancelling ctx kills it; Wait then returns the Result, and no error.
// The error is an *Error, lists the mistakes in the Spec, or is that of ctx.
func Start(ctx context.Context, s *Spec, io IO) (*Sandbox, error) {
	box, err := start(ctx, s, io)
	if err != nil {
		return nil, err
	}
	go box.await()
	return box, nil
}

func start(ctx context.Context, s *Spec, io IO) (*Sandbox, error) {
	s, err := withData(s)
	if err != nil {
		return nil, err
	}
	box, again, err := attempt(ctx, s, io)
	if again {
		io.Lacking = nil // it was told
		box, _, err = attempt(ctx, s, io)
	}
	return box, err
}

// attempt starts a sandbox, or says whether another try may help: when the
// place for cgroups is no longer what it was.
func attempt(ctx context.Context, s *Spec, io IO) (box *Sandbox, again bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	p, err := prepare(s, io)
	if err != nil {
		return nil, false, asError(err, s)
	}
	defer p.close()
	if len(p.plan.Dropped) > 0 && io.Lacking != nil {
		io.Lacking(slices.Clone(p.plan.Dropped))
	}
	box, err = p.begin(ctx, s.Name != "")
	if ids := (*launch.MapError)(nil); errors.As(err, &ids) && p.spec.MayDrop(spec.ProtectionIDMap) {
		box, err = startWithOneID(ctx, s, io, ids)
	}
	return box, err != nil && outdated(p.seen), err
}

// startWithOneID starts a sandbox with the single-id map, where its ranges could not be mapped and may be given up.
func startWithOneID(ctx context.Context, s *Spec, io IO, why *launch.MapError) (*Sandbox, error) {
	single := s.Clone()
	single.User.UIDMap, single.User.GIDMap, single.User.Groups = nil, nil, nil
	lost := spec.Dropped{Protection: spec.ProtectionIDMap, Reason: why.Error(), Hint: idHint()}
	if tell := io.Lacking; tell != nil {
		tell([]spec.Dropped{lost}) // what else is lacking was told before
		io.Lacking = nil
	}
	box, err := start(ctx, &single, io)
	if err == nil {
		box.dropped = append(box.dropped, lost)
	}
	return box, err
}

// begin starts what was prepared. named says that the caller chose the name.
func (p *prepared) begin(ctx context.Context, named bool) (*Sandbox, error) {
	p.box.before = lookAt(p.spec.Watch)
	proc, err := p.start(named)
	if err != nil {
		p.abandon()
		return nil, asError(err, &p.spec)
	}
	box := p.box
	box.spec, box.name, box.id, box.proc, box.group = p.spec, p.spec.Name, p.id, proc, p.group
	box.dropped, box.capture, box.guarded = p.plan.Dropped, p.capture, p.plan.Guarded
	box.launcher, box.layout, box.env, box.cgroup = processID(), p.layout, p.run.Env, p.run.Cgroup
	if box.capture != nil {
		box.capture.Start()
		p.capture = nil
	}
	if ctx.Done() != nil {
		box.cancel = context.AfterFunc(ctx, func() { _ = box.Kill() })
	}
	if box.reg.dir != "" {
		box.record()
	}
	return box, nil
}

// Wait returns how the program ended, once all its processes are gone. The
// Result is right also with an error, which then tells of output that could not be
// written to the files in IO (Spec.Limits.Output).
func (b *Sandbox) Wait() (Result, error) {
	<-b.done
	if b.foreign {
		return b.foreignEnd()
	}
	return b.result, b.unwritten
}

// Done is closed when the program has ended.
func (b *Sandbox) Done() <-chan struct{} { return b.done }

// Name is the sandbox's name, generated if the Spec has none.
func (b *Sandbox) Name() string { return b.name }

// PID is the host's number of the sandbox's process 1. Signals sent to it reach the program.
func (b *Sandbox) PID() int { return b.proc.PID }

// Spec is the Spec with all defaults filled in.
func (b *Sandbox) Spec() Spec { return b.spec.Clone() }

// Dropped are the protections that this host could not give, as the Spec allows.
func (b *Sandbox) Dropped() []spec.Dropped { return slices.Clone(b.dropped) }

// Terminal is the launcher's side of the program's terminal, nil without one.
// Limits.Output holds for what is shown by Attach; who reads here counts himself.
func (b *Sandbox) Terminal() *os.File { return b.proc.Terminal }

// Listener is the descriptor on which the calls arrive for which the policy
// says "notify", nil if it says so for none; seccomp_unotify(2). Somebody has to
// answer on it, see [ReadNotice]: until then those calls wait. Close it in the end.
func (b *Sandbox) Listener() *os.File { return b.proc.Listener }

// Signal sends a signal to the program. A program that has ended is no error.
func (b *Sandbox) Signal(sig syscall.Signal) error {
	if sig == syscall.SIGSTOP && hasInit(&b.spec) {
		return b.stopProgram()
	}
	if err := b.proc.Signal(sig); err != nil {
		return &Error{Kind: HostLacks, Op: "signal", Object: b.name, Err: err}
	}
	return nil
}

// stopProgram sends SIGSTOP past init, which cannot forward that one: it would stop itself.
func (b *Sandbox) stopProgram() error {
	fd, err := b.program()
	if err != nil {
		if b.ended() {
			return nil
		}
		return err
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, unix.SIGSTOP, nil, 0); err != nil && err != unix.ESRCH {
		return &Error{Kind: HostLacks, Op: "signal", Object: b.name, Err: err}
	}
	return nil
}

// Kill ends the program and all its processes at once, also when they are
// frozen. It does not wait for their end, Wait does. A program that has ended is no error.
func (b *Sandbox) Kill() error {
	b.killed.Store(true)
	if b.spec.Namespaces.PID.IsNew() {
		err := b.Signal(syscall.SIGKILL)      // process 1 takes all others with it
		if b.group != nil && b.layout.Inner { // but for those that the program has frozen on cgroup v1, maybe with process 1
			return asError(errors.Join(err, b.group.Kill()), &b.spec)
		}
		b.letGo()
		return err
	}
	return b.killAll()
}

// letGo thaws a sandbox that is to end: what is frozen on cgroup v1 does not die.
func (b *Sandbox) letGo() {
	if b.group != nil {
		_ = b.group.Thaw() // it fails only where nothing can be frozen either
	}
}

// killAll ends all processes of a sandbox that shares the host's pid namespace:
// those in its cgroup or, without one, in the program's session's first process group.
func (b *Sandbox) killAll() error {
	if b.group != nil {
		return asError(b.group.Kill(), &b.spec)
	}
	b.reaping.Lock()
	defer b.reaping.Unlock()
	if b.reaped || b.ended() {
		return nil
	}
	if err := unix.Kill(-b.proc.PID, syscall.SIGKILL); err != nil && err != unix.ESRCH {
		return &Error{Kind: HostLacks, Op: "kill", Object: b.name, Err: err}
	}
	return nil
}

// Stop asks the program to end with SIGTERM, and kills it when it has not ended
// after grace. A frozen one is thawed, or it could not hear. Stop waits for the
// end for no longer than grace; Wait does.
func (b *Sandbox) Stop(grace time.Duration) error {
	if err := b.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	b.letGo()
	select {
	case <-b.done:
		return nil
	case <-time.After(grace):
		return b.Kill()
	}
}

func (b *Sandbox) ended() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}
