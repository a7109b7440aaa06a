package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// everything is a Spec whose plan has as many kinds of step as possible.
func everything(t *testing.T) *Spec {
	s, _ := spec.Profile("default")
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s.Command = []string{"true"}
	s.NoASLR = true
	s.Scheduling = spec.Scheduling{Nice: 1, Affinity: "0"}
	if boxtest.SharedClocks() {
		s.Clock.Boottime = spec.Seconds(1000)
	}
	s.Proc.Mask = []string{"/proc/acpi", "/proc/version"}
	s.Capabilities = []spec.Capability{"NET_ADMIN"}
	s.Landlock.Mode = "on"
	s.Limits.FileSize = 1 << 20
	s.Mounts = []spec.Mount{
		{Type: spec.MountBind, Source: dir, Target: "/data", Write: true},
		{Type: spec.MountTmpfs, Target: "/scratch"},
		{Type: spec.MountFile, Target: "/etc/extra", Data: "x"},
		{Type: spec.MountDir, Target: "/empty"},
		{Type: spec.MountSymlink, Target: "/link", Source: "/empty"},
		{Type: spec.MountOverlay, Source: dir, Target: "/layer"},
		{Type: spec.MountMqueue, Target: "/dev/mqueue"},
	}
	return &s
}

// sabotaged makes the i-th step fail at once, with EINVAL.
func sabotaged(p *plan.Plan, i int) *plan.Plan {
	broken := *p
	broken.Steps = slices.Clone(p.Steps)
	// openat2 with a structure of size 0 is always EINVAL.
	broken.Steps[i].Calls = append([]plan.Call{{Name: "openat2"}}, p.Steps[i].Calls...)
	return &broken
}

// TestEveryStepReportsItsFailure makes each step of a plan fail in turn: the
// error names that step and its object and gives a hint, and nothing is left.
func TestEveryStepReportsItsFailure(t *testing.T) {
	for _, asPID1 := range []bool{false, true} {
		s := everything(t)
		s.AsPID1 = asPID1
		for i := 0; ; i++ {
			p, err := prepare(s, IO{})
			if err != nil {
				t.Fatal(err)
			}
			if i == len(p.plan.Steps) {
				p.close()
				break
			}
			failAt(t, p, i)
		}
	}
}

func failAt(t *testing.T, p *prepared, i int) {
	t.Helper()
	before := children(t)
	step := p.plan.Steps[i]
	_, err := launch.Start(sabotaged(p.plan, i))
	err = asError(err, &p.spec)
	p.abandon()
	p.close()
	var e *Error
	switch {
	case !errors.As(err, &e):
		t.Errorf("step %d, %s %s %s: got %v", i, step.Actor, step.Does, step.Object, err)
	case step.Exec:
		// The filter is on by now, and answers openat2 with ENOSYS.
		if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) || !strings.Contains(err.Error(), "true") {
			t.Errorf("step %d, run: got %v", i, err)
		}
	case e.Op != step.Does || e.Object != step.Object || !errors.Is(err, unix.EINVAL):
		t.Errorf("step %d, %s %s %s: got %v", i, step.Actor, step.Does, step.Object, err)
	case e.Hint == "":
		t.Errorf("step %d, %s %s: no hint", i, step.Does, step.Object)
	}
	if p.group != nil {
		if _, err := os.Stat(p.group.Dir()); err == nil && p.group.Dir() != "" {
			t.Errorf("step %d, %s %s: cgroup %s left", i, step.Does, step.Object, p.group.Dir())
		}
	}
	for _, pid := range children(t) {
		if !slices.Contains(before, pid) {
			t.Errorf("step %d, %s %s: process %s left", i, step.Does, step.Object, pid)
		}
	}
}

// children are the numbers of this process's children, of all its threads.
func children(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(files) == 0 {
		t.Fatalf("cannot list the children: %v, %d files", err, len(files))
	}
	var all []string
	for _, f := range files {
		text, _ := os.ReadFile(f) // a thread may have ended
		all = append(all, strings.Fields(string(text))...)
	}
	return all
}
