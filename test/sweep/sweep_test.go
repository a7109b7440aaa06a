package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/seccomp"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

func TestMain(m *testing.M) {
	os.Exit(boxtest.Main(m, func() {
		boxtest.Build()
		s := sandbox.Spec{Command: []string{"true"}, AllowDrop: []spec.Protection{spec.ProtectionCgroup}}
		_, _ = sandbox.Run(context.Background(), &s, sandbox.IO{}) // what is made once stays; where it cannot work, the tests say why
	}))
}

// The default profile takes every call; the others are for the command.
func TestEveryCallOfTheDefaultProfile(t *testing.T) {
	boxtest.RequireUserns(t)
	r, err := sweepProfile(boxtest.Hostile(t), seccomp.Default)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d calls: %v; %d names refused, %d reached without a filter", r.calls, r.counts, len(r.refused), len(r.reached))
	for _, f := range r.faults {
		t.Error(f)
	}
	if r.counts["success"] < 100 || r.counts["EPERM"] < 100 {
		t.Errorf("outcomes %v: the calls were not made", r.counts)
	}
}

// A filter that refuses less than the policy says is noticed, and so is one that refuses more.
func TestAnotherFilterIsNoticed(t *testing.T) {
	boxtest.RequireUserns(t)
	calls := slices.DeleteFunc(sweep(), func(c call) bool {
		return c.abi != seccomp.Native().ABIs()[0] || c.Arguments != odd[0] || !c.harmless()
	})
	s, err := boxOf(boxtest.Hostile(t), seccomp.Default, "")
	if err != nil {
		t.Fatal(err)
	}
	found, err := outcomes(s, calls, morePatient/10)
	if err != nil {
		t.Fatal(err)
	}
	own, err := filterOf(s)
	if err != nil {
		t.Fatal(err)
	}
	s.Seccomp.Policy = seccomp.Strict
	other, err := filterOf(s)
	if err != nil {
		t.Fatal(err)
	}
	if n := faultsOf(t, own, calls, found); n != 0 {
		t.Errorf("%d faults against the filter's own policy", n)
	}
	if n := faultsOf(t, other, calls, found); n < enough {
		t.Errorf("%d faults against a stricter policy", n)
	}
}

func faultsOf(t *testing.T, filter seccomp.Program, calls []call, found []outcome) (n int) {
	t.Helper()
	for i, c := range calls {
		a, err := filter.Evaluate(c.Data)
		if err != nil {
			t.Fatal(err)
		}
		if fault(c, a, found[i]) != "" {
			n++
		}
	}
	return n
}

// A sandbox that ends too early is not taken for one that lived on.
func TestTheEndOfTheSandboxIsNoticed(t *testing.T) {
	boxtest.RequireUserns(t)
	s, err := boxOf(boxtest.Hostile(t), seccomp.Default, "")
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWorker(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.box.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ask(sweep(), patient); err == nil || !strings.Contains(err.Error(), "did not live on") {
		t.Errorf("the answers of a killed sandbox: %v", err)
	}
	if err := w.close(); err == nil || !strings.Contains(err.Error(), "SIGKILL") {
		t.Errorf("the end of a killed sandbox: %v", err)
	}
}

func TestFaults(t *testing.T) {
	known := call{seccomp.ABIAMD64, seccomp.Data{Number: 101, Audit: seccomp.ABIAMD64.Audit()}}
	unknown := call{seccomp.ABIAMD64, seccomp.Data{Number: 5000, Audit: seccomp.ABIAMD64.Audit()}}
	for _, c := range []struct {
		call
		action seccomp.Action
		is     outcome
		fine   bool
	}{
		{known, seccomp.Deny, failedWith(unix.EPERM), true},
		{known, seccomp.Deny, failedWith(unix.EFAULT), false},
		{known, seccomp.Deny, "blocked", false},
		{known, seccomp.Allow, failedWith(unix.EFAULT), true},
		{known, seccomp.Allow, killedBy(unix.SIGSEGV), true},
		{known, seccomp.Allow, killedBy(unix.SIGSYS), false},
		{known, seccomp.Kill, killedBy(unix.SIGSYS), true},
		{known, seccomp.Kill, failedWith(0), false},
		{unknown, seccomp.Allow, failedWith(unix.ENOSYS), true},
		{unknown, seccomp.Allow, failedWith(0), false},
	} {
		if got := fault(c.call, c.action, c.is); (got == "") != c.fine {
			t.Errorf("%s, policy %s, %s: %q", c.call, c.action, c.is, got)
		}
	}
}

// No number is left out but the ones that are spared, and no grave call is made without a filter.
func TestTheSweepIsComplete(t *testing.T) {
	seen := map[seccomp.ABI]map[uint32]int{}
	for _, c := range sweep() {
		if seen[c.abi] == nil {
			seen[c.abi] = map[uint32]int{}
		}
		seen[c.abi][c.Number&^x32Bit]++
	}
	for _, e := range entries() {
		last := newest(e.abi)
		if last < 450 {
			t.Errorf("%s: the newest call is %d", e.abi, last)
		}
		for number := range last + 1 + beyond {
			if _, name := seccomp.CallOf(e.abi.Audit(), number); !spared(name) && seen[e.abi][number] != len(e.sets) {
				t.Errorf("%s: call %d is made %d times", e.abi, number, seen[e.abi][number])
			}
		}
	}
	for _, name := range []string{"reboot", "kexec_load", "swapoff", "settimeofday", "clock_settime", "init_module"} {
		c := slices.IndexFunc(sweep(), func(c call) bool { return c.name() == name })
		if c < 0 || sweep()[c].harmless() {
			t.Errorf("%s is left out, or made without a filter", name)
		}
	}
}

func TestChangesOfTheHostAreNoticed(t *testing.T) {
	before := observe()
	if before.texts["/proc/sys/kernel/hostname"] == "" || before.texts["/proc/self/mountinfo"] == "" {
		t.Fatal("the host was not looked at")
	}
	after := observe()
	after.texts["/proc/sys/kernel/hostname"], after.offset = "other", after.offset+2*steady
	if found := before.changes(after); len(found) < 2 {
		t.Errorf("found %q", found)
	}
}
