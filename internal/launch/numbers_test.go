package launch

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

const thisMachine = runtime.GOARCH

// kernelNumbers are those of the calls that the assembly makes, on this machine.
var kernelNumbers = map[string]uintptr{
	"rt_sigprocmask": unix.SYS_RT_SIGPROCMASK, "exit_group": unix.SYS_EXIT_GROUP, "clone3": unix.SYS_CLONE3, "write": unix.SYS_WRITE,
	"recvfrom": unix.SYS_RECVFROM, "sendto": unix.SYS_SENDTO, "sendmsg": unix.SYS_SENDMSG, "mmap": unix.SYS_MMAP, "close": unix.SYS_CLOSE,
	"wait4": unix.SYS_WAIT4, "statfs": unix.SYS_STATFS, "kill": unix.SYS_KILL, "setpgid": unix.SYS_SETPGID, "rt_sigtimedwait": unix.SYS_RT_SIGTIMEDWAIT, "prctl": unix.SYS_PRCTL,
}

// The list is sorted, or the search would miss some.
func TestNumbersAreSorted(t *testing.T) {
	if !slices.IsSortedFunc(numbers[:], func(a, b number) int { return strings.Compare(a.name, b.name) }) {
		t.Error("numbers are not sorted by name")
	}
	for _, n := range numbers {
		if got, ok := numberOf(n.name); !ok || got != n.nr {
			t.Errorf("numberOf(%q) is %d, %t", n.name, got, ok)
		}
	}
	for _, none := range []string{"", "a", "zzz", "open", "clone"} {
		if nr, ok := numberOf(none); ok {
			t.Errorf("numberOf(%q) is %d", none, nr)
		}
	}
}

// callsInPlans finds in the planner's sources the names of all calls it can plan.
func callsInPlans(t *testing.T) map[string]bool {
	t.Helper()
	boxtest.RequireSource(t)
	files, err := filepath.Glob("../plan/*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bcall\("(\w+)"(\+what)?`)
	found := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			if m[2] != "" { // names.go: "set" and what is set
				found[m[1]+"hostname"], found[m[1]+"domainname"] = true, true
				continue
			}
			found[m[1]] = true
		}
	}
	return found
}

// Every call that a plan can hold has a number, and every number has a plan that needs it.
func TestEveryPlannedCallHasANumber(t *testing.T) {
	planned := callsInPlans(t)
	if len(planned) < 50 {
		t.Fatalf("only %d calls found in the planner", len(planned))
	}
	for name := range planned {
		if _, ok := numberOf(name); !ok {
			t.Errorf("no number for %s", name)
		}
	}
	for _, n := range numbers {
		if !planned[n.name] {
			t.Errorf("no plan needs %s", n.name)
		}
	}
}
