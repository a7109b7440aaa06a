package launch

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// attempt is one way for a start to go.
type attempt struct {
	name   string
	plan   *plan.Plan
	target int // a pidfd to join, or -1
	ok     bool
}

// attempts are the ways that need no privilege.
func attempts(t testing.TB) []attempt {
	with := func(change func(*plan.Plan), steps ...plan.Step) *plan.Plan {
		p := byHand(steps...)
		change(p)
		return p
	}
	command, none := runs(t, "/bin/true"), runs(t, "/no/such/program")
	long := runs(t, "/bin/sleep", "60")
	wired := func(p *plan.Plan) { p.Init, p.Terminal, p.Notify = true, true, true }
	mapped := func(p *plan.Plan) { p.Maps = &plan.Maps{} }
	guarded := func(p *plan.Plan) { p.Watched = true }
	nowhere := func(p *plan.Plan) { p.Clone.Flags |= unix.CLONE_NEWNS | unix.CLONE_FS }
	return []attempt{
		{"runs", byHand(command), -1, true},
		{"no such command", byHand(none), -1, false},
		{"the launcher fails", with(wired, fails(t, plan.Launcher), command), -1, false},
		{"the launcher fails, maps", with(mapped, fails(t, plan.Launcher), command), -1, false},
		{"the builder fails", with(wired, fails(t, plan.Builder), command), -1, false},
		{"the builder fails, maps", with(mapped, fails(t, plan.Builder), command), -1, false},
		{"the last step fails", with(func(p *plan.Plan) { p.Init = true }, fails(t, plan.After), long), -1, false},
		{"clone fails", with(func(p *plan.Plan) { wired(p); nowhere(p) }, command), -1, false},
		{"clone fails, maps", with(func(p *plan.Plan) { mapped(p); nowhere(p) }, command), -1, false},
		{"no cgroup", with(func(p *plan.Plan) { wired(p); p.Clone.CgroupDir = "/no/such/group" }, command), -1, false},
		{"the launcher fails half-way", with(wired, opens(t, plan.Launcher, fails(t, plan.Launcher).Calls[0]), command), -1, false},
		{"the last step fails half-way", byHand(opens(t, plan.After, fails(t, plan.After).Calls[0]), long), -1, false},
		{"the launcher opens for the builder", byHand(opens(t, plan.Launcher), did("close", closes(t)), command), -1, true},
		{"the launcher opens and closes", byHand(opens(t, plan.Launcher, closes(t)), opens(t, plan.After, closes(t)), command), -1, true},
		{"an unknown call", with(wired, did("try", made("no_such_call"))), -1, false},
		{"maps not asked for", with(mapped, command), -1, true},
		{"a terminal", terminalPlan(t, command), -1, true},
		{"no terminal comes", with(func(p *plan.Plan) { p.Terminal = true }, long), -1, false},
		{"no listener comes", with(func(p *plan.Plan) { p.Notify = true }, terminalPlan(t, long).Steps...), -1, false},
		{"guarded", with(guarded, watchedSteps(t, command)...), -1, true},
		{"guarded, no such command", with(guarded, watchedSteps(t, none)...), -1, false},
		{"guarded, and long", with(guarded, watchedSteps(t, long)...), -1, true},
		{"guarded, the builder fails", with(guarded, append([]plan.Step{fails(t, plan.Builder)}, watchedSteps(t, command)...)...), -1, false},
		{"the guardian fails", with(guarded, append([]plan.Step{fails(t, plan.Guardian)}, watchedSteps(t, long)...)...), -1, false},
		{"guarded, clone fails", with(func(p *plan.Plan) { guarded(p); nowhere(p) }, watchedSteps(t, command)...), -1, false},
		{"guarded, the last step fails", with(guarded, append(watchedSteps(t, long), fails(t, plan.After))...), -1, false},
		{"joins", joiningPlan(t, command), 0, true},
		{"joins, no such command", joiningPlan(t, none), 0, false},
		{"joins, fails before", with(func(p *plan.Plan) { p.Program = 20 }, fails(t, plan.Builder)), 0, false},
	}
}

// opens is a step that opens a file into a cell, and goes on.
func opens(t testing.TB, actor plan.Actor, more ...plan.Call) plan.Step {
	c, _ := freeCell(t, 0)
	open := made("openat", atCWD(t), text(t, "/dev/null"), plan.Arg{}, plan.Arg{})
	open.Save = c
	s := did("open", append([]plan.Call{open}, more...)...)
	s.Actor = actor
	return s
}

// closes closes that file.
func closes(t testing.TB) plan.Call {
	_, ref := freeCell(t, 0)
	return made("close", ref)
}

// watchedSteps are a builder's who asks for a guardian, and the guardian's.
func watchedSteps(t testing.TB, command plan.Step) []plan.Step {
	p := planned(t, func(s *spec.Spec, _ *plan.Run) { s.AsPID1 = true })
	steps := []plan.Step{*step(t, p, "ask for the guardian"), *step(t, p, "wait for the guardian"), command}
	for i := range p.Steps {
		if p.Steps[i].Actor == plan.Guardian && p.Steps[i].Does != "give up" {
			steps = append(steps, p.Steps[i])
		}
	}
	return steps
}

// terminalPlan opens a terminal of the host's and sends its master.
func terminalPlan(t testing.TB, command plan.Step) *plan.Plan {
	opened := planned(t, func(s *spec.Spec, r *plan.Run) {
		s.Terminal, s.Namespaces.Mount = true, spec.NamespaceHost
		r.Rows, r.Columns = 24, 80
	})
	p := byHand(*step(t, opened, "open a terminal"), *step(t, opened, "send the terminal"), command)
	p.Terminal = true
	return p
}

// joiningPlan leaves a program behind as the launcher's child, and ends.
func joiningPlan(t testing.TB, command plan.Step) *plan.Plan {
	s := spec.Spec{Command: []string{"true"}}
	full := s.WithDefaults()
	joined, err := plan.Join(&full, plan.Host{Root: true, LastCap: 40}, plan.Run{})
	if err != nil {
		t.Fatal(err)
	}
	command.Actor = plan.Program
	p := byHand(*step(t, joined, "start the program"), command, *step(t, joined, "end the helper"))
	p.Program = joined.Program
	return p
}

// try starts once, and ends what has started.
func (a *attempt) try() error {
	start := Start
	if a.target >= 0 {
		start = func(p *plan.Plan) (*Process, error) { return Join(p, a.target) }
	}
	proc, err := start(a.plan)
	if err != nil {
		return err
	}
	for _, f := range []*os.File{proc.Status, proc.Terminal, proc.Listener} {
		if f != nil {
			f.Close()
		}
	}
	proc.Kill()
	return nil
}

// Five hundred starts, most of which fail, leave not one descriptor and no process.
func TestStartsLeaveNothing(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector would close forgotten files
	list := attempts(t)
	for _, a := range list {
		if err := a.try(); (err == nil) != a.ok { // also makes what is made once and kept
			t.Fatalf("%s: %v", a.name, err)
		}
	}
	for _, a := range list {
		scene := boxtest.Look()
		for range 500/len(list) + 1 {
			if err := a.try(); (err == nil) != a.ok {
				t.Errorf("%s: %v", a.name, err)
			}
		}
		if left := scene.Left(); len(left) > 0 {
			t.Errorf("%s: left behind %d: %q", a.name, len(left), left)
		}
	}
}

func init() { roles["few descriptors"] = withFewDescriptors }

// withFewDescriptors tries what is made once, and then each start, with each
// number of descriptors from hardly any to enough: all of it succeeds or fails, and leaves nothing.
func withFewDescriptors() int {
	debug.SetGCPercent(-1)
	makeWithFew()
	few := []uint64{6, 12, 40, innermost - 1} // below innermost there is one way to fail
	for most := uint64(innermost); most < innermost+18; most++ {
		few = append(few, most)
	}
	for _, a := range attempts(roleTB{}) {
		for _, most := range few {
			scene := boxtest.Look()
			err := within(most, a.try)
			if !errors.Is(err, unix.EMFILE) && !errors.Is(err, unix.EBADMSG) && (err == nil) != a.ok {
				fmt.Printf("%s with %d: %v\n", a.name, most, err)
			}
			for _, l := range scene.Left() {
				fmt.Printf("%s with %d: left behind: %s\n", a.name, most, l)
			}
		}
	}
	return 0
}

// makeWithFew makes what is kept. A failure is not kept, and nothing of it.
func makeWithFew() {
	before, failures := open(), 0
	var err error
	for most := uint64(6); most < 90; most++ {
		err = within(most, func() error {
			_, err := life()
			_, init := initFD()
			_, guard := guardFD()
			_, self := selfFD()
			return errors.Join(err, init, guard, self)
		})
		if errors.Is(err, unix.EMFILE) {
			failures++
		}
	}
	if err != nil || failures < 50 {
		fmt.Printf("after %d failures: %v\n", failures, err)
	}
	if made := open() - before; made != 5 { // both ends of the life pipe, init, the guardian, and our pidfd
		fmt.Printf("%d descriptors are kept, want 5\n", made)
	}
}

// open is how many descriptors there are.
func open() int {
	list, _ := os.ReadDir("/proc/self/fd")
	return len(list)
}

// within does something with descriptors below a number only.
func within(most uint64, do func() error) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	few := unix.Rlimit{Cur: most, Max: limit.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
		return err
	}
	defer func() { _ = unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) }()
	return do()
}

func TestStartsWithFewDescriptors(t *testing.T) {
	if got := role(t, "few descriptors", nil); got != "" {
		t.Errorf("%s", got)
	}
}

// The terminal's master comes to the launcher, with the size that was asked for.
func TestTerminalArrives(t *testing.T) {
	proc, err := Start(terminalPlan(t, runs(t, "/bin/sleep", "60")))
	if err != nil {
		t.Fatal(err)
	}
	defer proc.Kill()
	defer proc.Terminal.Close()
	size, err := unix.IoctlGetWinsize(int(proc.Terminal.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Row != 24 || size.Col != 80 {
		t.Errorf("%+v, %v", size, err)
	}
}

// The program that a helper leaves is the launcher's own child, and the process that it waits for.
func TestJoinLeavesOurChild(t *testing.T) {
	proc, err := Join(joiningPlan(t, runs(t, "/bin/sh", "-c", "exit 9")), 0)
	if err != nil {
		t.Fatal(err)
	}
	if !isPidFD(proc.PidFD) {
		t.Errorf("pidfd %d is none", proc.PidFD)
	}
	if status, _ := proc.Reap(); status.ExitStatus() != 9 {
		t.Errorf("status %#x", status)
	}
}
