package launch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// mappedPlan waits for its maps as an ordinary user's builder does. It makes no user namespace: the tools are ours.
func mappedPlan(t *testing.T) *plan.Plan {
	t.Helper()
	s := spec.Spec{Command: []string{"true"}}
	s.User.UIDMap = []spec.IDMap{{Inside: 0, Outside: 5000, Count: 2000}, {Inside: 2000, Outside: 9, Count: 1}}
	s.User.GIDMap = []spec.IDMap{{Inside: 0, Outside: 7000, Count: 2000}}
	full := s.WithDefaults()
	p, err := plan.Build(&full, plan.Host{UID: 9, GID: 9, LastCap: 40}, plan.Run{Stdin: 10, Stdout: 11, Stderr: 12})
	if err != nil {
		t.Fatal(err)
	}
	hand := byHand(*step(t, p, "wait for the id maps"), runs(t, "/bin/true"))
	hand.Maps = p.Maps
	return hand
}

// tools puts scripts by these names into a PATH of their own.
func tools(t *testing.T, scripts map[string]string) (dir string) {
	t.Helper()
	dir = boxtest.TempDir(t)
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return dir
}

// The tools are told the builder's pid and the maps, and only then does it go on.
func TestMapsAreWritten(t *testing.T) {
	record := `echo "$@" >"${0}.called"`
	dir := tools(t, map[string]string{"newuidmap": record, "newgidmap": record})
	proc, err := Start(mappedPlan(t))
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := proc.Reap(); status.ExitStatus() != 0 {
		t.Errorf("status %#x", status)
	}
	for tool, maps := range map[string]string{"newuidmap": "0 5000 2000 2000 9 1", "newgidmap": "0 7000 2000"} {
		text, err := os.ReadFile(filepath.Join(dir, tool+".called"))
		if want := fmt.Sprintf("%d %s\n", proc.PID, maps); err != nil || string(text) != want {
			t.Errorf("%s was called with %q, %v; want %q", tool, text, err, want)
		}
	}
}

// Without its maps the builder does not go on, and is gone.
func TestMapsThatAreNotWritten(t *testing.T) {
	for _, test := range []struct {
		scripts map[string]string
		tool    string
		want    string
	}{
		{map[string]string{"newgidmap": "exit 0"}, "newuidmap", "newuidmap is not installed"},
		{map[string]string{"newuidmap": "exit 0"}, "newgidmap", "newgidmap is not installed"},
		{map[string]string{"newuidmap": "echo range not allowed >&2; exit 1", "newgidmap": "exit 0"}, "newuidmap", "range not allowed"},
		{map[string]string{"newuidmap": "exit 0", "newgidmap": "exit 3"}, "newgidmap", "exit status 3"},
	} {
		t.Run(test.want, func(t *testing.T) {
			tools(t, test.scripts)
			scene := boxtest.Look()
			_, err := Start(mappedPlan(t))
			var e *MapError
			if !errors.As(err, &e) || e.Tool != test.tool || !strings.Contains(err.Error(), test.want) || errors.Unwrap(err) == nil {
				t.Errorf("%v, want one of %s with %q", err, test.tool, test.want)
			}
			scene.NothingLeft(t)
		})
	}
}
