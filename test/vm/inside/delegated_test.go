package inside

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// result is what --json-file writes.
type result struct {
	Status     string   `json:"status"`
	Limit      string   `json:"limit"`
	ExitCode   int      `json:"exit_code"`
	OOMKills   int      `json:"oom_kills"`
	PidsPeak   int      `json:"pids_peak"`
	MemoryPeak int64    `json:"memory_peak_bytes"`
	Dropped    []string `json:"dropped"`
}

// hostile runs the hostile program under limits, with the result.
func hostile(t *testing.T, flags []string, command ...string) (answer, result) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "result.json")
	args := append([]string{"run", "--bind", "/opt", "--json-file", file}, flags...)
	a := bulkhead(t, append(append(args, "--", "/opt/hostile"), command...)...).tell(t)
	var r result
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", text)
	return a, r
}

// delegated is the machines whose kernels people have.
var delegated = []string{"debian-6.1", "debian-6.12"}

// A user with a cgroup of its own has memory limited for all processes of a
// sandbox together, and is told so; the same program ends well with room enough.
func TestDelegatedMemory(t *testing.T) {
	only(t, delegated...)
	a, r := hostile(t, []string{"--memory", "48M"}, "memory", "200")
	if a.code != 137 || r.Limit != "memory" || r.OOMKills == 0 || r.MemoryPeak > 49<<20 { // what dies may be charged for beyond the limit
		t.Errorf("exit %d, %+v: want 137 by the limit on memory", a.code, r)
	}
	says(t, a.errors, "memory")
	if a, r = hostile(t, []string{"--memory", "400M"}, "memory", "200"); a.code != 0 || r.Limit != "" || !strings.Contains(a.out, "held 200 MiB") { // and the limit is what ended the other
		t.Errorf("with room enough: exit %d, %+v", a.code, r)
	}
}

// The same for the number of processes, which a fork bomb reaches and does not pass.
func TestDelegatedPids(t *testing.T) {
	only(t, delegated...)
	a, r := hostile(t, []string{"--pids", "20", "--wall", "5s"}, "children", "100")
	if r.Limit != "pids" || r.PidsPeak > 21 { // the sandbox's init is counted, and not limited
		t.Errorf("exit %d, %+v: want the limit on processes named, 20 at most beside init", a.code, r)
	}
	says(t, a.errors, "processes")
	if a, r = hostile(t, []string{"--pids", "200"}, "children", "100"); a.code != 0 || r.Limit != "" || r.PidsPeak <= 100 {
		t.Errorf("with room enough: exit %d, %+v", a.code, r)
	}
}

// The sandbox's group is made below the user's own service, and nothing of it is left.
func TestDelegatedPlace(t *testing.T) {
	only(t, delegated...)
	f := doctor(t, "cgroup")
	if f.Status != "ok" {
		t.Errorf("doctor calls it %s", f.Status)
	}
	says(t, f.Found, "v2", "memory", "pids", "cpu", fmt.Sprintf("user@%d.service", os.Getuid()))
}

// A login session's cgroup belongs to root: no limit can be set there, and the
// refusal says what is missing and how to get it.
func TestWithoutDelegation(t *testing.T) {
	only(t, delegated...)
	a := bulkhead(t, "run", "--memory", "48M", "--", "echo", "here").tell(t)
	if a.code != 125 || a.out != "" {
		t.Errorf("exit %d with %q on stdout, want 125 and nothing", a.code, a.out)
	}
	says(t, a.errors, "cgroup", "hint: ")
}
