package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/sandbox"
)

func init() {
	roles["collect, only telling"] = func() int {
		c, err := sandbox.Collect(true)
		fmt.Println(c.Groups, c.Records, err)
		return 0
	}
}

// Whoever collects in a pid namespace of its own sees none of the launchers
// outside, but may see their cgroups and records: they are not leftovers for that.
// The collector only tells, since it would end other people's sandboxes too.
func TestCollectInAnotherPIDNamespace(t *testing.T) {
	boxtest.RequireRoot(t, "to make a pid namespace that sees the same cgroups")
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	b, _ := begun(t, box(t, strictly, named(newName()), attack("sleep")))
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVar+"=collect, only telling")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, ours := range []string{"bulkhead-" + itoa(os.Getpid()) + "-", b.Name()} {
		if strings.Contains(string(out), ours) {
			t.Errorf("%s... is alive, and would be collected", ours)
		}
	}
}

// A launcher that was killed leaves its cgroup, which no kernel removes. The
// next start does, once it has lasted.
func TestNextStartCollects(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	before := boxtest.Look()
	if !killAfter(t, box(t, strictly, attack("sleep")), 300*time.Millisecond) {
		t.Fatal("the launcher was killed before its sandbox ran")
	}
	noneAlive(t)
	leftovers := func() []string {
		names, err := cgroup.Leftovers(boxtest.Layout())
		if err != nil {
			t.Error(err)
		}
		return names
	}
	killed := leftovers()
	if len(killed) == 0 {
		t.Fatal("the killed launcher left no cgroup: nothing to collect")
	}
	next, out := spawn(t, "launcher", box(t, strictly, command("/bin/sleep", "0.5")))
	err := next.Wait()
	out.Close()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range leftovers() {
		if slices.Contains(killed, name) {
			t.Errorf("the next start left %s", name)
		}
	}
	collect(t) // the record
	before.NothingLeft(t)
}
