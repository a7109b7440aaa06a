package sandbox_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
)

// supervised runs a program to its end as a supervisor does, while somebody waits for it.
func supervised(t *testing.T, s *sandbox.Spec, forget bool) (result, awaited sandbox.Result) {
	t.Helper()
	told := make(chan sandbox.Result, 1)
	io := sandbox.IO{Started: func(b *sandbox.Sandbox) {
		other, err := sandbox.Open(b.Name())
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			r, err := other.Wait()
			if err != nil {
				t.Error(err)
			}
			told <- r
		}()
	}}
	result, err := sandbox.Supervise(context.Background(), s, io, sandbox.Afterwards{Forget: forget})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case awaited = <-told:
	case <-time.After(10 * time.Second):
		t.Fatal("who waits was not told")
	}
	return result, awaited
}

func TestSuperviseKeepsLogAndResult(t *testing.T) {
	s := box(t, named(boxtest.NamePrefix()+"kept"), shell("sleep 0.2; echo out; printf err >&2; exit 5"))
	result, awaited := supervised(t, s, false)
	later, err := sandbox.Await(s.Name)
	if err != nil || result.ExitCode != 5 || awaited.ExitCode != 5 || later.ExitCode != 5 {
		t.Errorf("statuses %d, %d, %d (%v), want 5", result.ExitCode, awaited.ExitCode, later.ExitCode, err)
	}
	var stdout, stderr strings.Builder
	if err := sandbox.Logs(context.Background(), s.Name, sandbox.LogOptions{}, &stdout, &stderr); err != nil || stdout.String() != "out\n" || stderr.String() != "err" {
		t.Errorf("log %q, %q (%v)", &stdout, &stderr, err)
	}
	list, err := sandbox.ListAll()
	i := slices.IndexFunc(list, func(i sandbox.Info) bool { return i.Name == s.Name })
	if err != nil || i < 0 || list[i].Ended == nil || list[i].Ended.Result == nil || list[i].Ended.Result.ExitCode != 5 {
		t.Errorf("it is not listed as ended: %v (%v)", list, err)
	}
	again, _ := supervised(t, box(t, named(boxtest.NamePrefix()+"kept"), shell("sleep 0.2")), true)
	if again.ExitCode != 0 {
		t.Errorf("the name cannot be used again: %v", again)
	}
	if _, err := sandbox.Await(s.Name); err == nil {
		t.Error("it was to be forgotten")
	}
}

func TestSuperviseLeavesNothingOfAFailure(t *testing.T) {
	before := boxtest.Look()
	for _, s := range []*sandbox.Spec{box(t, named(boxtest.NamePrefix()+"failed"), command("/no/such/program")), box(t, command("true"), func(s *sandbox.Spec) { s.Name = "../x" })} {
		if r, err := sandbox.Supervise(context.Background(), s, sandbox.IO{}, sandbox.Afterwards{}); err == nil || r.Error == nil {
			t.Errorf("%v: %v", s.Command, r)
		}
	}
	before.NothingLeft(t)
}
