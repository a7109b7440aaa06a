package host

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// probe finds a probe by its name.
func probe(t *testing.T, name string) *Probe {
	t.Helper()
	for _, p := range Probes() {
		if p.Name == name {
			return &p
		}
	}
	t.Fatalf("there is no probe %s", name)
	return nil
}

func TestProbesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	areas := []string{}
	for _, p := range Probes() {
		if p.Name == "" || p.Area == "" || p.What == "" || p.Ask == nil || strings.Contains(p.What, "\n") {
			t.Errorf("%+v is incomplete", p)
		}
		if seen[p.Name] {
			t.Errorf("%s is there twice", p.Name)
		}
		seen[p.Name] = true
		if len(areas) == 0 || areas[len(areas)-1] != p.Area {
			areas = append(areas, p.Area)
		}
		if p.Since != "" && parseVersion(p.Since).major == 0 {
			t.Errorf("%s: %q is no version", p.Name, p.Since)
		}
	}
	if want := []string{"kernel", "namespaces", "mounts", "identity", "place"}; !slices.Equal(areas, want) {
		t.Errorf("areas in order: %v, want %v", areas, want)
	}
}

func TestEverythingWorksOnAHealthyMachine(t *testing.T) {
	for _, root := range []bool{false, true} {
		m := healthy()
		if root {
			m.asRoot()
		}
		for _, f := range examine(context.Background(), &m.System, Probes()) {
			if f.Status != StatusOK || f.Found == "" || f.Why != "" || f.Fix != "" {
				t.Errorf("root %v: %+v", root, f)
			}
		}
	}
}

// Whatever call fails, for a reason that nothing explains: the probe says no,
// which call it was, and that this is unexpected.
func TestEveryRefusalThatNothingExplainsIsUnexpected(t *testing.T) {
	tried := 0
	for _, root := range []bool{false, true} {
		for _, p := range Probes() {
			for _, does := range attempts(p, root) {
				tried++
				m := healthy()
				if root {
					m.asRoot()
				}
				m.refuse[does] = unix.EIO
				f := p.finding(&m.System, m.ask(&p))
				if want := map[bool]string{true: StatusMissing, false: StatusLimited}[p.Needed]; f.Status != want {
					t.Errorf("%s without %q: %s, want %s", p.Name, does, f.Status, want)
				}
				if !strings.HasPrefix(f.Found, does+": ") || !strings.HasPrefix(f.Why, "unexpected: ") || !strings.Contains(f.Fix, "report") {
					t.Errorf("%s without %q: %+v", p.Name, does, f)
				}
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d refusals were tried", tried)
	}
}

// attempts lists what a probe tries.
func attempts(p Probe, root bool) []string {
	m := healthy()
	if root {
		m.asRoot()
	}
	p.Ask(&m.System)
	slices.Sort(m.acts)
	return slices.Compact(m.acts)
}

// An old kernel, or one that was built without, is a known cause.
func TestOldKernelsAndMissingOptionsAreKnownCauses(t *testing.T) {
	for _, p := range Probes() {
		acts := attempts(p, false)
		if len(acts) == 0 {
			continue
		}
		if p.Since != "" && parseVersion("4.0").before(parseVersion(p.Since)) {
			m := healthy()
			m.Release = "4.0.1"
			m.refuse[acts[len(acts)-1]] = unix.ENOSYS
			f := p.finding(&m.System, m.ask(&p))
			if f.Why != "Linux 4.0.1 is older than "+p.Since || f.Fix != newKernel {
				t.Errorf("%s on an old kernel: %+v", p.Name, f)
			}
		}
		if p.Config != "" {
			m := healthy()
			m.refuse[acts[len(acts)-1]] = unix.EINVAL
			m.config = func() string { return "# " + p.Config + " is not set\n" }
			f := p.finding(&m.System, m.ask(&p))
			if f.Why != "the kernel was built without "+p.Config || !strings.Contains(f.Fix, p.Config) {
				t.Errorf("%s not built: %+v", p.Name, f)
			}
		}
	}
}

// Without a user namespace, nothing that needs one is tried, and none of it counts as missing.
func TestNothingIsTriedWithoutAUserNamespace(t *testing.T) {
	m := healthy()
	m.refuse["create a user namespace"] = unix.EPERM
	list := examine(context.Background(), &m.System, Probes())
	skipped := 0
	for i, p := range Probes() {
		if p.Inside {
			skipped++
			if list[i].Status != StatusUnknown || !strings.Contains(list[i].Why, userns) {
				t.Errorf("%+v", list[i])
			}
		}
	}
	if skipped == 0 {
		t.Error("no probe needs a user namespace")
	}
}

func TestNothingIsAskedAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := healthy()
	for _, f := range examine(ctx, &m.System, Probes()) {
		if f.Status != StatusUnknown || f.Found == "" || f.What == "" {
			t.Errorf("%+v", f)
		}
	}
	if len(m.acts) > 0 {
		t.Errorf("%v was tried", m.acts)
	}
}

// A trial that cannot be made says nothing about the machine.
func TestATrialThatCannotBeMadeIsUnclear(t *testing.T) {
	m := healthy()
	m.run = func(*trial) (int, error) { return 0, errors.New("memory for a trial: cannot allocate") }
	for _, name := range []string{"clone3", "landlock", userns, "pidns", "overlay"} {
		p := probe(t, name)
		p.Inside = false
		if f := p.finding(&m.System, m.ask(p)); f.Status != StatusUnknown || !strings.Contains(f.Found, "cannot allocate") {
			t.Errorf("%+v", f)
		}
	}
}

// The nodes are those that the planner makes.
func TestNodesAreThePlanners(t *testing.T) {
	s, _ := spec.Profile("default")
	s.Command = []string{"true"}
	s = s.WithDefaults()
	p, err := plan.Build(&s, plan.Host{Root: true, LastCap: 40, Arch: "amd64"}, plan.Run{ID: stranger})
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, step := range p.Steps {
		if step.Does == "make device" {
			want = append(want, step.Object)
		}
	}
	for _, n := range nodes {
		got = append(got, "/dev/"+n.name)
	}
	if !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("got %v, want %v", got, want)
	}
}
