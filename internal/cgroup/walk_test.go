package cgroup

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

// A program that may make groups can nest them deeper than a path is long: its
// processes are found there, and the groups removed.
func TestGroupsDeeperThanAPathIsLong(t *testing.T) {
	onEachLayout(t, func(t *testing.T, l Layout) {
		g, s := newGroup(t, l, spec.Limits{})
		c := start(t, s, "sleep")
		c.line(t)
		for _, dir := range s.Dirs {
			nest(t, dir, c.Process.Pid)
		}
		if pids, err := g.Procs(); err != nil || !slices.Contains(pids, c.Process.Pid) {
			t.Errorf("process %d is not among %v: %v", c.Process.Pid, pids, err)
		}
		if err := errors.Join(g.Kill(), g.Remove()); err != nil {
			t.Errorf("%.300v", err)
		}
	})
}

// nest makes 30 groups with long names, one in the other, and puts a process into the innermost.
func nest(t *testing.T, dir string, pid int) {
	t.Helper()
	here, err := syscall.Open(dir, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	name := strings.Repeat("d", 200)
	for i := 0; i < 30 && err == nil; i++ {
		var next int
		if err = syscall.Mkdirat(here, name, 0o755); err == nil {
			next, err = syscall.Openat(here, name, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
			syscall.Close(here)
			here = next
		}
	}
	if err == nil {
		err = write(fmt.Sprintf("/proc/self/fd/%d/cgroup.procs", here), fmt.Sprint(pid))
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) { // a cpuset without processors takes nobody
		t.Fatal(err)
	}
	syscall.Close(here)
}

// A program that may make groups can freeze itself in one of its own: on v1 nothing frozen dies.
func TestKillTakesWhatIsFrozenInside(t *testing.T) {
	onEachLayout(t, func(t *testing.T, l Layout) {
		require(t, "cgroup-v1-freezer", l.V1.Freezer != "", "the freezer of version 1 is not there")
		g, s := newGroup(t, l, spec.Limits{})
		c := start(t, s, "sleep")
		c.line(t)
		inside := l.dir(Freezer, g.Name()) + "/inside/own"
		if err := os.MkdirAll(inside, 0o755); err != nil {
			t.Fatal(err)
		}
		writeAll(t, []Write{{Path: inside + "/cgroup.procs", Value: fmt.Sprint(c.Process.Pid)}, {Path: inside + "/freezer.state", Value: "FROZEN"}})
		if err := errors.Join(g.Kill(), g.Remove()); err != nil {
			t.Error(err)
		}
		if exists(inside) {
			t.Errorf("%s is left", inside)
		}
	})
}
