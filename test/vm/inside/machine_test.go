package inside

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

// only runs the test in these machines alone.
func only(t *testing.T, names ...string) {
	t.Helper()
	is := slices.Contains(names, os.Getenv("BULKHEAD_MACHINE"))
	boxtest.Require(t, "machine", is, "it is about "+strings.Join(names, ", ")+" of go run ./test/vm")
}

// answer is what the command said and how it ended.
type answer struct {
	code        int
	out, errors string
}

// bulkhead runs the command.
func bulkhead(t *testing.T, args ...string) answer {
	t.Helper()
	var out, errors bytes.Buffer
	cmd := exec.Command(filepath.Join(os.Getenv("BULKHEAD_BIN"), "bulkhead"), args...)
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return answer{cmd.ProcessState.ExitCode(), out.String(), errors.String()}
}

// tell puts what was said into the test's log.
func (a answer) tell(t *testing.T) answer {
	t.Helper()
	t.Logf("exit %d\n%s%s", a.code, a.out, a.errors)
	return a
}

// says fails the test unless text has all the parts.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not said in: %s", p, text)
		}
	}
}

// works starts a sandbox and fails the test unless it does.
func works(t *testing.T, args ...string) {
	t.Helper()
	if a := bulkhead(t, append(append([]string{"run"}, args...), "--", "echo", "here")...).tell(t); a.code != 0 || a.out != "here\n" {
		t.Errorf("a sandbox does not start: exit %d", a.code)
	}
}

// refuses fails the test unless a start is refused with these words, and none of it ran.
func refuses(t *testing.T, parts ...string) {
	t.Helper()
	a := bulkhead(t, "run", "--", "echo", "here").tell(t)
	if a.code != 125 || a.out != "" {
		t.Errorf("exit %d with %q on stdout, want 125 and nothing", a.code, a.out)
	}
	says(t, a.errors, append(parts, "hint: ")...)
}

// finding is one line of "bulkhead doctor --json".
type finding struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	Found  string `json:"found"`
	Why    string `json:"why"`
	Fix    string `json:"fix"`
}

// doctor is the finding of this name.
func doctor(t *testing.T, name string) finding {
	t.Helper()
	a := bulkhead(t, "doctor", "--json")
	var report struct {
		Checks []finding `json:"checks"`
	}
	if err := json.Unmarshal([]byte(a.out), &report); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(report.Checks, func(f finding) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("doctor finds nothing about %s", name)
	}
	t.Logf("doctor: %+v", report.Checks[i])
	return report.Checks[i]
}
