package sandbox

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/spec"
)

//go:generate go test -run TestDoctorPage -update-doctor-page

var updateDoctorPage = flag.Bool("update-doctor-page", false, "write docs/doctor.md instead of comparing it")

const doctorMark = "<!-- below: made from the checks by `make docs` -->\n"

// docs/doctor.md lists every check.
func TestDoctorPage(t *testing.T) {
	const name = "../docs/doctor.md"
	if !present("doctor.go") {
		t.Skip("needs the source tree: this is a copy of the test binary elsewhere")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, old, found := strings.Cut(string(text), doctorMark)
	if !found {
		t.Fatalf("%s has no line %q", name, doctorMark)
	}
	table := checksTable()
	if *updateDoctorPage {
		if err := os.WriteFile(name, []byte(before+doctorMark+table), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != table {
		t.Errorf("%s is not what the checks say: run make docs", name)
	}
}

func checksTable() string {
	var out strings.Builder
	area := ""
	for _, p := range (&visit{ctx: context.Background()}).probes() {
		if p.Area != area {
			area = p.Area
			fmt.Fprintf(&out, "\n### %s\n\n| check | needed | since | what it is for | built with |\n|---|---|---|---|---|\n", area)
		}
		needed := ""
		if p.Needed {
			needed = "yes"
		}
		config := p.Config
		if config != "" {
			config = "`" + config + "`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s |\n", p.Name, needed, p.Since, p.What, config)
	}
	return out.String()
}

var sample = Report{Checks: []Check{
	{Name: "kernel", Area: "kernel", Status: CheckOK, What: "bulkhead is made for it", Found: "Linux 6.1"},
	{Name: "userns", Area: "namespaces", Status: CheckMissing, What: "an identity", Found: "create a user namespace: operation not permitted (EPERM)", Why: "a sysctl is 0", Fix: "sudo sysctl -w x=1"},
	{Name: "pidns", Area: "namespaces", Status: CheckUnknown, What: "a tree", Found: "not tried", Why: "see userns"},
	{Name: "swap", Area: "limits", Status: CheckLimited, What: "swapping", Found: "uncounted", Why: "the kernel does not count it"},
}}

const sampleText = `kernel
  ok       kernel  Linux 6.1
namespaces
  missing  userns  create a user namespace: operation not permitted (EPERM)
  unknown  pidns   not tried
limits
  limited  swap    uncounted

missing userns (an identity)
  a sysctl is 0
  fix: sudo sysctl -w x=1

limited swap (swapping)
  the kernel does not count it

sandboxes with the default settings do not run here; missing: userns
`

func TestReportAsText(t *testing.T) {
	var out strings.Builder
	n, err := sample.WriteTo(&out)
	if err != nil || out.String() != sampleText || n != int64(len(sampleText)) {
		t.Errorf("%d bytes, %v:\n%s\nwant:\n%s", n, err, out.String(), sampleText)
	}
	out.Reset()
	if _, err := (Report{OK: true}).WriteTo(&out); err != nil || out.String() != "\nsandboxes with the default settings run here\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// answer compares an Answer; the texts are parts of what must be there.
func answer(t *testing.T, got host.Answer, outcome host.Outcome, found, why, fix string) {
	t.Helper()
	if got.Outcome != outcome || !strings.Contains(got.Found, found) || !strings.Contains(got.Why, why) || !strings.Contains(got.Fix, fix) || got.Found == "" {
		t.Errorf("got %+v\nwant outcome %d, %q, %q, %q", got, outcome, found, why, fix)
	}
}

// Layouts of the kinds of machine that there are.
var (
	pureV2 = cgroup.Layout{V2: "/sys/fs/cgroup/u/bulkhead.slice", Top: "/sys/fs/cgroup/u", Controllers: cgroup.Memory | cgroup.Pids, Swap: cgroup.SwapControlled}
	hybrid = cgroup.Layout{V2: "/sys/fs/cgroup/unified", V1: cgroup.V1{Memory: "/sys/fs/cgroup/memory", Pids: "/sys/fs/cgroup/pids", CPU: "/c", Cpuset: "/s", IO: "/b"},
		Mems: "0", Swap: cgroup.SwapNone}
	nothing = cgroup.Layout{Why: "it belongs to somebody else", Hint: "systemd-run --user --scope"}
)

func TestDoctorOnCgroups(t *testing.T) {
	g := groupsHere{layout: pureV2}
	answer(t, g.core(nil), host.Yes, "v2 below /sys/fs/cgroup/u/bulkhead.slice: memory pids", "", "")
	answer(t, g.controllers(nil), host.No, "cpus cpu_weight cpuset io", "not handed down", "")
	answer(t, g.swap(nil), host.Yes, "limited", "", "")
	g = groupsHere{layout: hybrid}
	answer(t, g.core(nil), host.Yes, "v1: memory pids cpu cpuset io (memory below /sys/fs/cgroup/memory); v2 below /sys/fs/cgroup/unified, without controllers", "", "")
	answer(t, g.controllers(nil), host.Yes, "cpu cpuset io", "", "")
	answer(t, g.swap(nil), host.Yes, "none", "", "")
	g = groupsHere{layout: nothing, booted: true}
	answer(t, g.core(nil), host.No, "no group can be made", nothing.Why, nothing.Hint)
	answer(t, g.controllers(nil), host.No, "none", "see cgroup", "")
	answer(t, g.swap(nil), host.Unclear, "see cgroup", "", "")
	g.layout.Swap = cgroup.SwapUncontrolled
	answer(t, g.swap(nil), host.No, "no group limits", "does not count", "swapaccount=1")
}

func TestDoctorOnSystemd(t *testing.T) {
	g := groupsHere{layout: pureV2, booted: true}
	answer(t, g.systemd(nil), host.Yes, "not needed", "", "")
	g.asked = true
	answer(t, g.systemd(nil), host.Yes, "a scope", "", "")
	g.refused = &cgroup.Error{Op: "ask systemd at", Object: "/run/x", Err: unix.ECONNREFUSED, Hint: "loginctl enable-linger"}
	answer(t, g.systemd(nil), host.No, "/run/x", "connection refused", "enable-linger")
	g.refused = errors.New("odd")
	answer(t, g.systemd(nil), host.No, "odd", "no service manager", "")
	g.booted = false
	answer(t, g.systemd(nil), host.No, "not managed by systemd", "see cgroup", "")
}

func TestDoctorFindsGroupsOnlyInTime(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if g := findGroups(ctx); g.asked {
		t.Errorf("%+v: systemd was asked after the end", g)
	}
}

// The command for a machine without systemd names the user's own group, and the version's own files.
func TestGroupsByHand(t *testing.T) {
	for v2, want := range map[bool]string{true: "cgroup.subtree_control", false: "for c in memory pids"} {
		if got := cgroup.ByHand(4711, v2); !strings.Contains(got, want) || !strings.Contains(got, "chown -R 4711 bulkhead-4711") || strings.Contains(got, "%!") {
			t.Errorf("v2 %v: %s", v2, got)
		}
	}
	g := groupsHere{booted: true}
	if got := g.remedy("the hint"); got != "the hint" {
		t.Errorf("with systemd: %q", got)
	}
	g.booted = false
	if got := g.remedy("the hint"); (got == "the hint") != (os.Geteuid() == 0) {
		t.Errorf("without systemd, as uid %d: %q", os.Geteuid(), got)
	}
}

func TestDoctorOnTheRuntimeDir(t *testing.T) {
	dir := t.TempDir()
	d := runtimeDir{path: dir}
	answer(t, d.ask(nil), host.Yes, dir+" can be written", "", "")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	d.path = dir + "/missing"
	answer(t, d.ask(nil), host.No, "no such file", "cannot be recorded", "XDG_RUNTIME_DIR")
	d.err = &Error{Op: "use", Object: dir, Err: errors.New("it is not yours"), Hint: "remove it"}
	answer(t, d.ask(nil), host.No, "it is not yours", "cannot be recorded", "remove it")
}

func TestDoctorRestoresWhatItMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bulkhead")
	began := time.Now()
	if young(dir, began) {
		t.Error("what is not there is taken for new")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if !young(dir, began) || young(dir, began.Add(time.Second)) {
		t.Error("a new directory is not told from an old one")
	}
	d := runtimeDir{made: []string{dir}}
	if err := os.Mkdir(dir+"/somebody's", 0o700); err != nil {
		t.Fatal(err)
	}
	d.restore()
	if !present(dir + "/somebody's") {
		t.Error("what somebody uses was removed")
	}
	if err := os.Remove(dir + "/somebody's"); err != nil {
		t.Fatal(err)
	}
	d.restore()
	if present(dir) {
		t.Error("what nobody uses was not removed")
	}
	g := groupsHere{made: filepath.Join(t.TempDir(), "bulkhead.slice")}
	if err := os.Mkdir(g.made, 0o700); err != nil {
		t.Fatal(err)
	}
	g.restore()
	if present(g.made) {
		t.Error("the shared directory was not removed")
	}
}

func TestDoctorOnStarts(t *testing.T) {
	ms := func(list ...int) (times []time.Duration) {
		for _, n := range list {
			times = append(times, time.Duration(n)*time.Millisecond)
		}
		return times
	}
	answer(t, measured(ms(9, 1, 3, 2, 8), nil), host.Yes, "5 starts took 3.0 ms (median, 1.0 to 9.0)", "", "")
	dropped := []spec.Dropped{{Protection: "pids", Reason: "no group"}, {Protection: "memory", Reason: "no group"}, {Protection: "memory", Reason: "no group"}}
	a := measured(ms(1), dropped)
	answer(t, a, host.Yes, "without the limits on memory, pids", "no group, see cgroup", "")
	answer(t, failedStart(&Error{Kind: SetupFailed, Op: "mount proc", Object: "/proc", Err: unix.EPERM, Hint: "unmask it"}),
		host.No, "mount proc /proc: operation not permitted", "the step that failed is: mount proc /proc", "unmask it")
	answer(t, failedStart(&Error{Kind: NotFound, Op: "run", Object: "true", Err: errors.New("no such command inside"), Hint: "looked in PATH"}),
		host.Yes, "the set-up works", "no program true", "looked in PATH")
	answer(t, failedRun(Result{Status: spec.Signaled, ExitCode: 159, Signal: "SIGSYS"}), host.No, "status signaled, code 159, signal SIGSYS", "does not work", "--explain-exit")
	answer(t, failedStart(errors.New("odd")), host.No, "odd", "the start failed", "")
}

// A machine too busy to start anything in time is no machine that cannot.
func TestDoctorWithoutTime(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	v := visit{ctx: ctx}
	answer(t, v.start(nil), host.Unclear, "no start within 1s", "too busy", "")
}
