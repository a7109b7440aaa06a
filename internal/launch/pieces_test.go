package launch

import (
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// Only the planner makes arguments. Plans made by hand for a test take theirs from a plan that has such an argument.

// planned is the plan of root for a Spec that is the zero one but for change.
func planned(t testing.TB, change func(*spec.Spec, *plan.Run)) *plan.Plan {
	t.Helper()
	s := spec.Spec{Command: []string{"true"}}
	r := plan.Run{Name: "test", ID: 0x70000000, Stdin: 10, Stdout: 11, Stderr: 12}
	if change != nil {
		change(&s, &r)
	}
	full := s.WithDefaults()
	p, err := plan.Build(&full, plan.Host{Root: true, LandlockABI: 7, LastCap: 40}, r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// step finds a step by what it does.
func step(t testing.TB, p *plan.Plan, does string) *plan.Step {
	t.Helper()
	for i := range p.Steps {
		if s := &p.Steps[i]; strings.HasPrefix(s.Does+" "+s.Object, does) {
			return s
		}
	}
	t.Fatalf("no step does %q", does)
	return nil
}

// text is an argument that points to a string.
func text(t testing.TB, s string) plan.Arg {
	t.Helper()
	p := planned(t, func(_ *spec.Spec, r *plan.Run) { r.Cgroup.Shared = []string{s} })
	return step(t, p, "make cgroup").Calls[0].Args[1]
}

// count is an argument that is a number.
func count(t testing.TB, n int) plan.Arg {
	t.Helper()
	p := planned(t, func(_ *spec.Spec, r *plan.Run) { r.Ignored = []int{n} })
	return step(t, p, "reset ignored signals").Calls[0].Args[0]
}

// texts is an argument that points to a vector of strings.
func texts(t testing.TB, v ...string) plan.Arg {
	t.Helper()
	if len(v) == 0 {
		return step(t, planned(t, nil), "become init").Calls[0].Args[3]
	}
	p := planned(t, func(s *spec.Spec, _ *plan.Run) { s.Command = v })
	return step(t, p, "run ").Calls[0].Args[1]
}

// freeCell is a cell of the plan's own, and the argument that reads it; i counts from 0.
func freeCell(t testing.TB, i int) (plan.Cell, plan.Arg) {
	t.Helper()
	p := planned(t, func(_ *spec.Spec, r *plan.Run) { r.Cgroup.Writes = make([]plan.Write, i+1) })
	calls := p.Steps[i].Calls
	return calls[0].Save, calls[2].Args[0]
}

// embedding is a structure of 16 bytes with a cell at 8, that cell, and the argument that reads it.
func embedding(t testing.TB) (structure plan.Arg, c plan.Cell, ref plan.Arg) {
	t.Helper()
	p := planned(t, func(s *spec.Spec, _ *plan.Run) { s.Landlock.Mode = "on" })
	calls := step(t, p, "allow /").Calls
	structure = calls[1].Args[2]
	_, fixes, _ := structure.Data()
	return structure, calls[0].Save, fixes[0].Arg
}

// atCWD is AT_FDCWD.
func atCWD(t testing.TB) plan.Arg {
	t.Helper()
	p := planned(t, func(_ *spec.Spec, r *plan.Run) { r.Cgroup.Shared = []string{"/x"} })
	return step(t, p, "make cgroup").Calls[0].Args[0]
}

// enough is more cells than any plan made by hand uses.
const enough = 64

// byHand is a plan that makes no namespace, so that anybody may start it.
func byHand(steps ...plan.Step) *plan.Plan {
	return &plan.Plan{
		Clone: plan.CloneArgs{Flags: unix.CLONE_VM | unix.CLONE_VFORK | unix.CLONE_CLEAR_SIGHAND | unix.CLONE_PIDFD},
		Steps: steps, Cells: enough,
	}
}

// did is a step of the builder.
func did(does string, calls ...plan.Call) plan.Step {
	return plan.Step{Actor: plan.Builder, Does: does, Object: "it", Calls: calls}
}

// made is a call with arguments.
func made(name string, args ...plan.Arg) plan.Call { return plan.Call{Name: name, Args: args} }

// runs is the step by which the builder becomes a program.
func runs(t testing.TB, command ...string) plan.Step {
	s := did("run", made("execve", text(t, command[0]), texts(t, command...), texts(t)))
	s.Exec = true
	return s
}

func itoa(n int) string { return strconv.Itoa(n) }
