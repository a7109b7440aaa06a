package boxtest

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// bystander, in the environment, makes a copy of the test binary end at once, successfully.
const bystander = "BULKHEAD_TEST_BYSTANDER"

// settle is how long what is on its way out may take.
const settle = 5 * time.Second

// Main runs the tests and then looks for leftovers: processes, mounts, cgroups,
// records, temporary files and descriptors that were not there before. It is
// the body of TestMain, and returns the exit code.
//
// warm is called first, for what a process makes once and keeps.
func Main(m *testing.M, warm func()) int {
	if os.Getenv(bystander) != "" {
		return 0
	}
	warm()
	before := Look()
	code := m.Run()
	for _, f := range atEnd {
		f()
	}
	left := before.Left()
	for _, l := range left {
		fmt.Fprintln(os.Stderr, "LEFT BEHIND:", l)
	}
	if code == 0 && len(left) > 0 {
		return 1
	}
	return code
}

// Scene is what there is of the things that a sandbox could leave.
type Scene struct{ kinds []kind }

type kind struct {
	name string
	have []string
	look func() []string
}

// Look takes stock.
func Look() Scene {
	s := Scene{[]kind{
		{"process", nil, children}, {"mount", nil, mounts}, {"cgroup", nil, groups},
		{"record", nil, records}, {"temporary file", nil, tempFiles}, {"descriptor", nil, descriptors},
	}}
	for i := range s.kinds {
		s.kinds[i].have = s.kinds[i].look()
	}
	return s
}

// Left is what is there now and was not before, once what is on its way out has had time to go.
func (s Scene) Left() []string {
	deadline := time.Now().Add(settle)
	for pause := time.Millisecond; ; pause *= 2 {
		left := s.now()
		if len(left) == 0 || time.Now().After(deadline) {
			return left
		}
		time.Sleep(min(pause, 100*time.Millisecond))
	}
}

func (s Scene) now() []string {
	reapOrphans()
	var left []string
	for _, k := range s.kinds {
		old := slices.Clone(k.have)
		for _, one := range k.look() {
			if i := slices.Index(old, one); i >= 0 {
				old = slices.Delete(old, i, i+1) // each counts once: two alike are two
				continue
			}
			left = append(left, k.name+" "+one)
		}
	}
	return left
}

// NothingLeft fails the test if something is left that was not there at the time of the Scene.
func (s Scene) NothingLeft(t testing.TB) {
	t.Helper()
	for _, l := range s.Left() {
		t.Errorf("left behind: %s", l)
	}
}
