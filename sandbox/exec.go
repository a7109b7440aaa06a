package sandbox

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// ExecSpec is one more program for a running sandbox.
type ExecSpec struct {
	// Command is the program and its arguments.
	Command []string
	// Env is added to the environment of the sandbox's first program.
	Env map[string]string
	// Workdir is where it starts. Default: where the first one did.
	Workdir string
	// Terminal gives it a terminal of its own.
	Terminal bool
}

// Process is a program that was added to a running sandbox.
// Its methods may be called from several goroutines.
type Process struct {
	box   *Sandbox
	proc  *launch.Process
	model *os.File // the caller's terminal that its own was made like
	wait  func() Result
}

// Exec runs one more program in the sandbox, in the same namespaces and cgroup,
// with the same user, filter and limits as the first, and waits for its end. It
// ends with the sandbox. The Result's figures are those of this program alone.
func (b *Sandbox) Exec(ctx context.Context, e ExecSpec, io IO) (Result, error) {
	p, err := b.startExec(e, io)
	if err != nil {
		return failed(err), err
	}
	stop := context.AfterFunc(ctx, func() { _ = p.Signal(unix.SIGKILL) })
	defer stop()
	return p.Wait()
}

// StartExec is Exec without the wait.
//
// FACT — always (pid_namespaces(7)) — process 1 of a pid namespace ends only when all in it have been reaped — so a program
// that is added is reaped at its end, whether anybody waits for it or not, or the sandbox would never end.
func (b *Sandbox) StartExec(e ExecSpec, io IO) (*Process, error) {
	p, err := b.startExec(e, io)
	if err == nil {
		go p.wait()
	}
	return p, err
}

func (b *Sandbox) startExec(e ExecSpec, io IO) (*Process, error) {
	if err := io.checkOpen(); err != nil {
		return nil, err
	}
	if len(e.Command) == 0 {
		return nil, &Error{Kind: Mistake, Op: "run", Err: errors.New("no command given")}
	}
	if b.ended() {
		return nil, &Error{Kind: Mistake, Op: "enter", Object: b.name, Err: errors.New("it has ended")}
	}
	if b.group != nil && b.group.Frozen() {
		return nil, &Error{Kind: Mistake, Op: "enter", Object: b.name, Err: errors.New("it is frozen, and so would be what enters it"),
			Hint: "let it go on first: by fg, if its launcher was stopped by Ctrl-Z, or by Thaw in the program that froze it"}
	}
	target, err := b.program()
	if err != nil {
		return nil, err
	}
	defer unix.Close(target)
	p := &prepared{spec: b.execSpec(e), box: b}
	defer p.close()
	if err := b.joinedClocks(&p.spec); err != nil {
		return nil, err
	}
	if err := p.buildExec(b, io); err != nil {
		return nil, asError(err, &p.spec)
	}
	proc, err := launch.Join(p.plan, target)
	if err != nil {
		return nil, asError(err, &p.spec)
	}
	return &Process{b, proc, p.model, sync.OnceValue(func() Result { return endOfAdded(proc) })}, nil
}

// execSpec is the sandbox's Spec with another program.
func (b *Sandbox) execSpec(e ExecSpec) Spec {
	s := b.spec.Clone()
	s.Command, s.Terminal, s.PassFDs = e.Command, e.Terminal, nil
	s.Env = maps.Clone(s.Env)
	if s.Env == nil {
		s.Env = map[string]string{}
	}
	maps.Copy(s.Env, e.Env)
	if e.Workdir != "" {
		s.Workdir = e.Workdir
	}
	return s
}

func (p *prepared) buildExec(b *Sandbox, io IO) error {
	facts := host.Facts()
	p.run = plan.Run{Name: b.name, Cgroup: b.cgroup, HardLimits: host.HardLimits(), Ignored: host.Ignored(), Rows: io.Rows, Columns: io.Columns,
		Guarded: b.guarded}
	if slices.Contains(p.run.Ignored, int(unix.SIGCHLD)) {
		return deaf()
	}
	p.spec.Limits.Output = 0 // counted for the first program only
	p.run.Env = p.spec.Environ(os.Environ())
	if err := p.streams(io); err != nil {
		return err
	}
	if err := p.likeCallers(io); err != nil {
		return err
	}
	var err error
	if p.run.Filter, p.run.Notify, err = filter(&p.spec, facts.Arch, p.given); err != nil {
		return err
	}
	p.plan, err = plan.Join(&p.spec, facts, p.run)
	return err
}

// program is a pidfd of the sandbox's first program. The number is looked up
// again: if it is the same, it had not passed to another process before it was opened.
func (b *Sandbox) program() (int, error) {
	pid, err := b.programPID()
	if err != nil {
		return -1, err
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1, b.programEnded()
	}
	if again, err := b.programPID(); err != nil || again != pid {
		unix.Close(fd)
		return -1, b.programEnded()
	}
	return fd, nil
}

func (b *Sandbox) programEnded() error {
	return &Error{Kind: Mistake, Op: "enter", Object: b.name, Err: errors.New("its program has ended")}
}

// programPID is the host's number of the sandbox's first program.
func (b *Sandbox) programPID() (int, error) {
	pid := b.proc.PID
	if !hasInit(&b.spec) {
		if b.ended() {
			return -1, b.programEnded()
		}
		return pid, nil
	}
	children, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(pid) + "/children")
	if err != nil {
		return -1, &Error{Kind: HostLacks, Op: "find", Object: "the program of " + b.name, Err: plain(err)}
	}
	return firstProgram(pid, strings.Fields(string(children))), nil
}

// firstProgram is the child of init that init started: it has the lowest number in
// init's pid namespace. In one further in, from which orphans come too, numbers begin anew.
func firstProgram(init int, children []string) int {
	best, number := 0, 1<<31-1
	depth := len(numbersOf(init))
	for _, c := range children {
		pid, _ := strconv.Atoi(c)
		if n := numbersOf(pid); depth > 0 && len(n) == depth && n[depth-1] < number {
			best, number = pid, n[depth-1]
		}
	}
	return best
}

// numbersOf is a process's numbers, from our pid namespace to its own; proc_pid_status(5), NSpid.
func numbersOf(pid int) []int {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), "\nNSpid:")
	line, _, _ := strings.Cut(rest, "\n")
	var numbers []int
	for field := range strings.FieldsSeq(line) {
		n, _ := strconv.Atoi(field)
		numbers = append(numbers, n)
	}
	return numbers
}

// Signal sends a signal to the program.
func (p *Process) Signal(sig unix.Signal) error {
	if err := p.proc.Signal(sig); err != nil {
		return &Error{Kind: HostLacks, Op: "signal", Object: p.box.name, Err: err}
	}
	return nil
}

// Terminal is the launcher's side of the program's terminal, nil without one.
func (p *Process) Terminal() *os.File { return p.proc.Terminal }

// Wait waits for the program's end.
func (p *Process) Wait() (Result, error) { return p.wait(), nil }

// endOfAdded is how a program ended that was added. Its number is free for
// others from then on: it must not be waited for twice.
func endOfAdded(proc *launch.Process) Result {
	for ended := proc.WaitHere(lasting); !ended; {
		ended = proc.WaitExit(time.Hour)
	}
	wall := monotonic() - time.Duration(proc.Started)
	status, usage := proc.Reap()
	r := Result{Status: spec.Exited, ExitCode: status.ExitStatus(), Dropped: []spec.Dropped{}, WallSeconds: wall.Seconds()}
	if status.Signaled() {
		r.Status, r.Signal = spec.Signaled, spec.SignalName(int(status.Signal()))
		r.ExitCode = 128 + int(status.Signal())
	}
	r.UserSeconds, r.SystemSeconds = seconds(usage.Utime), seconds(usage.Stime)
	r.CPUSeconds = r.UserSeconds + r.SystemSeconds
	return r
}
