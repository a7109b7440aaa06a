package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

func TestScripts(t *testing.T) {
	boxtest.RequireUserns(t)
	testscript.RunT(oneByOne{t}, testscript.Params{
		Dir:                 "testdata",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup:               setUp,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "repeat": repeat, "await": await, "size": size, "binds": binds, "tty": tty,
		},
	})
}

// oneByOne runs the scripts in turn: as root they share one place for records, and some measure time.
type oneByOne struct{ *testing.T }

func (oneByOne) Parallel() {}

func (t oneByOne) Verbose() bool { return testing.Verbose() }

func (t oneByOne) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(oneByOne{t}) })
}

// setUp gives each script a home and a place for records; without root these are its own.
func setUp(env *testscript.Env) error {
	for _, name := range []string{"home", "run"} {
		if err := os.Mkdir(filepath.Join(env.WorkDir, name), 0o700); err != nil {
			return err
		}
	}
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("XDG_RUNTIME_DIR", filepath.Join(env.WorkDir, "run"))
	env.Defer(func() { cleanUp(env) })
	return nil
}

// cleanUp fails a script that leaves a sandbox running, and forgets those that ended.
func cleanUp(env *testscript.Env) {
	ask := func(args ...string) string {
		cmd := exec.Command("bulkhead", args...)
		cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+env.Getenv("XDG_RUNTIME_DIR"))
		text, err := cmd.CombinedOutput()
		if err != nil {
			env.T().Fatal(args, err, string(text))
		}
		return string(text)
	}
	running := strings.Fields(ask("ps", "-q"))
	if len(running) > 0 {
		ask(append([]string{"kill"}, running...)...)
	}
	ask("gc")
	if len(running) > 0 {
		env.T().Fatal("it left running:", running)
	}
}

// condition is what [NAME] in a script asks. What BULKHEAD_MUST demands and is not there fails the script.
func condition(name string) (bool, error) {
	have, err := has(name)
	if err == nil && !have && boxtest.Must(name) {
		err = fmt.Errorf("%s is missing, and BULKHEAD_MUST demands it", name)
	}
	return have, err
}

func has(name string) (bool, error) {
	switch name {
	case "root":
		return boxtest.Root(), nil
	case "userns":
		return true, nil // or no script had begun
	case "cgroup":
		return boxtest.Layout().Can().Has(boxtest.Memory | boxtest.Pids), nil
	case "cgroup-cpu":
		return boxtest.Layout().Can().Has(boxtest.CPU), nil
	case "gcc", "python3", "tmux", "perl":
		_, err := exec.LookPath(name)
		return err == nil, nil
	}
	return false, fmt.Errorf("there is no condition %q", name)
}
