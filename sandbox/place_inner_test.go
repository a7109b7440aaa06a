package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/spec"
)

// at makes starts of a test believe in this place for cgroups.
func at(t *testing.T, l cgroup.Layout) {
	t.Helper()
	known.Store(&l)
	t.Cleanup(func() { known.Store(nil) })
}

func sleeper(t *testing.T, changes ...func(*Spec)) *Sandbox {
	t.Helper()
	boxtest.RequireUserns(t)
	s := &Spec{Command: []string{"sleep", "60"}}
	for _, c := range changes {
		c(s)
	}
	b, err := Start(t.Context(), s, IO{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = b.Kill()
		<-b.Done()
	})
	return b
}

// v1Alone is a host without a v2 tree, as far as there are v1 hierarchies.
func v1Alone(t *testing.T) cgroup.Layout {
	t.Helper()
	l := boxtest.Layout()
	l.V2 = ""
	if !l.Can().Has(cgroup.Memory | cgroup.Pids | cgroup.CPUAcct | cgroup.Freezer) {
		l = cgroup.ProbeFor(cgroup.All)
		l.V2 = ""
	}
	if !l.Can().Has(cgroup.Memory | cgroup.Pids | cgroup.CPUAcct | cgroup.Freezer) {
		t.Skip("needs cgroup v1: memory, pids, cpuacct and freezer are not all on v1 here")
	}
	return l
}

// What is frozen ends in each way in which the rest does: on v1 it would not die before it is thawed.
func TestEveryWayEndsWhatIsFrozen(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	layouts := map[string]func(*testing.T) cgroup.Layout{"probed": func(*testing.T) cgroup.Layout { return cgroup.Probe() }, "v1 alone": v1Alone}
	for name, find := range layouts {
		for way, finish := range map[string]func(*Sandbox) error{
			"kill":               (*Sandbox).Kill,
			"stop":               func(b *Sandbox) error { return b.Stop(5 * time.Second) },
			"stop without grace": func(b *Sandbox) error { return b.Stop(0) },
			"limit":              func(b *Sandbox) error { b.hit(spec.LimitWall); return nil },
		} {
			t.Run(name+", "+way, func(t *testing.T) {
				at(t, find(t))
				b := sleeper(t)
				if err := b.Freeze(); err != nil {
					t.Fatal(err)
				}
				if err := finish(b); err != nil {
					t.Error(err)
				}
				select {
				case <-b.Done():
				case <-time.After(boxtest.Patience(3 * time.Second)):
					t.Fatal("it has not ended")
				}
				if way == "stop" && b.result.Signal != "SIGTERM" {
					t.Errorf("it was not let hear the request to end: %+v", b.result)
				}
			})
		}
	}
}

// Whoever freezes what is being killed at the same time does not keep it.
func TestFreezeAgainstKill(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	at(t, v1Alone(t))
	for range 20 {
		b := sleeper(t)
		frozen := make(chan struct{})
		go func() {
			_ = b.Freeze() // it may be too late
			close(frozen)
		}()
		_ = b.Kill()
		<-frozen
		select {
		case <-b.Done():
		case <-time.After(boxtest.Patience(5 * time.Second)):
			t.Fatal("it is frozen for ever")
		}
	}
}

// A server that runs for long finds its place again when that has changed.
func TestThePlaceHasChanged(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	gone := cgroup.Probe()
	dir := filepath.Join(t.TempDir(), "gone", "groups")
	if gone.V2 != "" {
		gone.V2 = dir
	}
	if gone.V1.Memory != "" {
		gone.V1.Memory = dir
	}
	at(t, gone)
	b := sleeper(t)
	if layout() == gone || b.group == nil {
		t.Error("it still believes in the old place")
	}
}

// What a file is filled with is read once, however often a start is tried.
func TestDataIsReadOnce(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	gone := cgroup.Probe()
	gone.V1.Memory, gone.V2 = "/nonexistent/groups", "/nonexistent/groups"
	at(t, gone)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, _ = w.WriteString("content")
	w.Close()
	fd := int(r.Fd())
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	s := &Spec{Command: []string{"cat", "/etc/extra"}, Mounts: []spec.Mount{{Type: spec.MountFile, Target: "/etc/extra", DataFD: &fd}}}
	if _, err := Run(t.Context(), s, IO{Stdout: out}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(out.Name()); err != nil || string(text) != "content" {
		t.Errorf("the file holds %q (%v)", text, err)
	}
}

// A start that fails while it is worked out leaves no private directory.
func TestFailedPreparationLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for name, spoil := range map[string]func(*Spec){
		"missing source": func(s *Spec) {
			s.Mounts = []spec.Mount{{Type: spec.MountBind, Source: "/nonexistent", Target: "/nonexistent"}}
		},
		"mistake":        func(s *Spec) { s.Limits.CPUs = -1 },
		"no such device": func(s *Spec) { s.Limits.IO = []spec.IOLimit{{Device: "/dev/nonexistent", ReadBPS: 1}} },
	} {
		s := &Spec{Command: []string{"true"}, AllowDrop: []spec.Protection{spec.ProtectionCgroup}}
		s.Landlock.Mode = "only"
		spoil(s)
		if _, err := Start(t.Context(), s, IO{}); err == nil {
			t.Errorf("%s: no error", name)
		}
		if left, _ := filepath.Glob(dir + "/*"); len(left) > 0 {
			t.Errorf("%s: %s is left", name, strings.Join(left, " "))
		}
	}
}

// A sandbox that nests has a group in each hierarchy of version 1; what collects leftovers looks into all of them.
func TestLayoutsHoldEveryHierarchy(t *testing.T) {
	all := cgroup.ProbeFor(cgroup.All)
	if !slices.ContainsFunc(layouts(), func(l cgroup.Layout) bool { return l.V1 == all.V1 }) {
		t.Errorf("none of %+v has all of %+v", layouts(), all.V1)
	}
}
