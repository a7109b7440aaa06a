package main

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/seccomp"
	"github.com/bulkhead/bulkhead/sandbox"
)

// report is what a sweep of one profile found.
type report struct {
	profile string
	calls   int
	// counts are outcomes by their class.
	counts map[string]int
	// refused are the names of the calls that the filter refused, reached those
	// that got another answer without it.
	refused, reached []string
	faults           []string
}

// enough is how many refused calls have to reach the kernel without the filter.
const enough = 20

// sweepProfile makes every call in a sandbox of the profile, and those that were refused and are harmless once more without a filter.
func sweepProfile(program, profile string) (*report, error) {
	s, err := boxOf(program, profile, "")
	if err != nil {
		return nil, err
	}
	filter, err := filterOf(s)
	if err != nil {
		return nil, err
	}
	before, calls := observe(), sweep()
	found, err := outcomes(s, calls, patient)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", profile, err)
	}
	r := &report{profile: profile, calls: len(calls), counts: map[string]int{}}
	actions, err := r.judge(s, filter, calls, found)
	if err != nil {
		return nil, err
	}
	if err := r.control(program, calls, actions, found); err != nil {
		return nil, fmt.Errorf("%s, without a filter: %w", profile, err)
	}
	r.faults = append(r.faults, before.changes(observe())...)
	return r, nil
}

// judge holds the outcomes to the policy.
func (r *report) judge(s *sandbox.Spec, filter seccomp.Program, calls []call, found []outcome) ([]seccomp.Action, error) {
	actions := make([]seccomp.Action, len(calls))
	var again []int
	for i, c := range calls {
		a, err := filter.Evaluate(c.Data)
		if err != nil {
			return nil, err
		}
		actions[i] = a
		if _, decided := promised(a); decided && found[i] == "blocked" {
			again = append(again, i)
		}
	}
	if err := retry(s, calls, found, again); err != nil {
		return nil, err
	}
	for i, c := range calls {
		r.counts[found[i].class()]++
		if f := fault(c, actions[i], found[i]); f != "" {
			r.faults = append(r.faults, f)
		}
	}
	return actions, nil
}

// retry gives time to calls that a filter answers at once: on a busy machine a process may have to wait.
func retry(s *sandbox.Spec, calls []call, found []outcome, which []int) error {
	if len(which) == 0 {
		return nil
	}
	var list []call
	for _, i := range which {
		list = append(list, calls[i])
	}
	second, err := outcomes(s, list, morePatient)
	for n, o := range second {
		found[which[n]] = o
	}
	return err
}

// control makes refused calls without a filter. The kernel's own answer has to be
// another one for many: else it was not the filter that answered before.
func (r *report) control(program string, calls []call, actions []seccomp.Action, found []outcome) error {
	var refused []call
	var before []outcome
	for i, c := range calls {
		if _, decided := promised(actions[i]); decided && c.name() != "" && c.abi == seccomp.Native().ABIs()[0] {
			r.refused = append(r.refused, c.name())
			if c.harmless() {
				refused, before = append(refused, c), append(before, found[i])
			}
		}
	}
	r.refused = unique(r.refused)
	s, err := boxOf(program, seccomp.Default, seccomp.None)
	if err != nil {
		return err
	}
	after, err := outcomes(s, append(refused, oldGetpid()...), patient)
	if err != nil {
		return err
	}
	for i, c := range refused {
		if after[i] != before[i] {
			r.reached = append(r.reached, c.name())
		}
	}
	if r.reached = unique(r.reached); len(r.reached) < enough {
		r.faults = append(r.faults, fmt.Sprintf("only %q of the refused calls get another answer without a filter", r.reached))
	}
	r.oldEntry(after[len(refused):])
	return nil
}

// oldGetpid is getpid by int 0x80, where there is that entry.
func oldGetpid() []call {
	if !slices.Contains(seccomp.Native().ABIs(), seccomp.ABII386) {
		return nil
	}
	return []call{{seccomp.ABII386, seccomp.Data{Number: 20, Audit: seccomp.ABII386.Audit()}}}
}

// oldEntry: without a filter the entry works, unless the kernel was built without it (SIGSEGV).
func (r *report) oldEntry(is []outcome) {
	for _, o := range is {
		if o != failedWith(0) && o != killedBy(unix.SIGSEGV) {
			r.faults = append(r.faults, fmt.Sprintf("int 0x80 without a filter: %s", o))
		}
	}
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
