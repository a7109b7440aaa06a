package cgroup

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestMemberships(t *testing.T) {
	got := memberships("12:cpu,cpuacct:/user.slice\n5:net_cls:/\n1:name=systemd:/user.slice/a:b\n0::/user.slice/x y\ngarbage\n")
	want := []membership{
		{list: "cpu,cpuacct", controllers: CPU | CPUAcct, path: "/user.slice"},
		{v2: true, path: "/user.slice/x y"},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

const containerMounts = `22 1 0:20 / /proc rw - proc proc rw
30 22 0:26 /docker/abc /sys/fs/cgroup/memory ro,nosuid master:9 - cgroup cgroup rw,memory
31 22 0:27 / /mnt/with\040blank rw - cgroup cgroup rw,cpu,cpuacct
32 22 0:28 /../.. /elsewhere rw - cgroup2 cgroup2 rw
33 22 0:28 /docker/abc /v2 rw - cgroup2 cgroup2 rw,nsdelegate
short
`

func TestCgroupMounts(t *testing.T) {
	got := cgroupMounts(containerMounts)
	want := []mountLine{
		{root: "/docker/abc", mount: "/sys/fs/cgroup/memory", controllers: Memory},
		{root: "/", mount: "/mnt/with blank", controllers: CPU | CPUAcct},
		{root: "/../..", mount: "/elsewhere", v2: true},
		{root: "/docker/abc", mount: "/v2", v2: true},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}

// fakeTree makes a directory tree that looks like cgroup v2: groups by path, each with the content of its files.
func fakeTree(t *testing.T, groups map[string]map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for group, files := range groups {
		dir := filepath.Join(root, group)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		all := map[string]string{"cgroup.procs": "", "cgroup.subtree_control": "", "cgroup.controllers": ""}
		if group != "." {
			all["cgroup.type"] = "domain"
		}
		for name, text := range files {
			all[name] = text
		}
		for name, text := range all {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

type files = map[string]string

const every = "cpuset cpu io memory hugetlb pids"

func TestPlaceFindsTheParent(t *testing.T) {
	me := strconv.Itoa(os.Getpid())
	for _, c := range []struct {
		name   string
		groups map[string]files
		own    string
		need   Controllers
		want   Layout // paths relative to the tree
		why    string
	}{
		{"the root itself", map[string]files{".": {"cgroup.controllers": every, "cgroup.subtree_control": "memory", "cgroup.procs": "1\n2"}}, ".", 0,
			Layout{V2: ".", Controllers: Memory | Pids | CPU | Cpuset | IO, Enabled: Memory}, ""},
		{"alone in a service", map[string]files{
			".":   {"cgroup.controllers": every, "cgroup.subtree_control": every},
			"svc": {"cgroup.controllers": "memory pids", "cgroup.procs": me, "memory.max": "100"}}, "svc", 0,
			Layout{V2: "svc/bulkhead.slice", Top: "svc", Leaf: "svc/bulkhead.launcher", Controllers: Memory | Pids}, ""},
		{"a session with a shell: beside it", map[string]files{
			".":       {"cgroup.controllers": every, "cgroup.subtree_control": every},
			"u":       {"cgroup.controllers": every, "cgroup.subtree_control": "memory pids"},
			"u/shell": {"cgroup.controllers": "memory pids", "cgroup.procs": "1\n" + me, "memory.max": "max", "cpu.max": "max 100000"}}, "u/shell", 0,
			Layout{V2: "u/bulkhead.slice", Top: "u", Controllers: Memory | Pids | CPU | Cpuset | IO, TopEnabled: Memory | Pids}, ""},
		{"the shared directory is there already", map[string]files{
			".":                {"cgroup.controllers": every, "cgroup.subtree_control": every},
			"u":                {"cgroup.controllers": "memory pids", "cgroup.subtree_control": "memory pids"},
			"u/bulkhead.slice": {"cgroup.controllers": "memory pids", "cgroup.subtree_control": "memory"},
			"u/shell":          {"cgroup.controllers": "memory pids", "cgroup.procs": "1\n" + me}}, "u/shell", 0,
			Layout{V2: "u/bulkhead.slice", Top: "u", Controllers: Memory | Pids, TopEnabled: Memory | Pids, Enabled: Memory}, ""},
		{"after the move to the leaf", map[string]files{
			".":                     {"cgroup.controllers": every, "cgroup.subtree_control": every},
			"svc":                   {"cgroup.controllers": "memory pids", "cgroup.subtree_control": "memory pids", "memory.max": "100"},
			"svc/bulkhead.launcher": {"cgroup.controllers": "memory pids", "cgroup.procs": me + "\n99999"}}, "svc/bulkhead.launcher", 0,
			Layout{V2: "svc/bulkhead.slice", Top: "svc", Controllers: Memory | Pids, TopEnabled: Memory | Pids}, ""},
		{"a limit is not escaped", map[string]files{ // bug row 79
			".":   {"cgroup.controllers": every, "cgroup.subtree_control": every},
			"box": {"cgroup.controllers": "memory pids", "cgroup.procs": "1\n" + me, "memory.max": "104857600"}}, "box", 0,
			Layout{V2: "box"}, "memory.max = 104857600"},
		{"nor is one further up", map[string]files{
			".":     {"cgroup.controllers": every, "cgroup.subtree_control": every},
			"box":   {"cgroup.controllers": "memory", "cgroup.procs": "1", "cpu.max": "1000 100000"},
			"box/a": {"cgroup.procs": "1\n" + me}}, "box/a", 0,
			Layout{V2: "box/a"}, "cpu.max = 1000 100000"},
		{"nor one of swap, processors or disks", map[string]files{
			".":     {"cgroup.controllers": every, "cgroup.subtree_control": every},
			"box":   {"cgroup.controllers": "memory", "cgroup.procs": "1", "memory.swap.max": "max", "cpuset.cpus": "", "io.max": "8:0 rbps=1000"},
			"box/a": {"cgroup.procs": "1\n" + me, "memory.swap.max": "max", "cpuset.cpus": "", "io.max": ""}}, "box/a", 0,
			Layout{V2: "box/a"}, "io.max = 8:0 rbps=1000"},
		{"a parent that holds processes cannot hand down", map[string]files{
			".":   {"cgroup.controllers": every, "cgroup.type": "domain"},
			"p":   {"cgroup.controllers": every, "cgroup.procs": "1"},
			"p/a": {"cgroup.procs": "1\n" + me}}, "p/a", 0,
			Layout{V2: "bulkhead.slice", Top: ".", Controllers: Memory | Pids | CPU | Cpuset | IO}, ""},
		{"further up when that has what is needed", map[string]files{
			".":   {"cgroup.controllers": every, "cgroup.subtree_control": every},
			"u":   {"cgroup.controllers": "memory pids", "cgroup.subtree_control": "memory pids"},
			"u/a": {"cgroup.controllers": "memory pids", "cgroup.procs": "1\n" + me}}, "u/a", Cpuset,
			Layout{V2: "bulkhead.slice", Top: ".", Controllers: Memory | Pids | CPU | Cpuset | IO, TopEnabled: Memory | Pids | CPU | Cpuset | IO}, ""},
		{"not further up when that has it neither", map[string]files{
			".":   {"cgroup.controllers": "memory pids", "cgroup.subtree_control": "memory pids"},
			"u":   {"cgroup.controllers": "memory pids", "cgroup.subtree_control": "memory pids"},
			"u/a": {"cgroup.controllers": "memory pids", "cgroup.procs": "1\n" + me}}, "u/a", Cpuset,
			Layout{V2: "u/bulkhead.slice", Top: "u", Controllers: Memory | Pids, TopEnabled: Memory | Pids}, ""},
		{"alone, and nothing above has more", map[string]files{
			".":   {"cgroup.controllers": "memory pids", "cgroup.subtree_control": "memory pids"},
			"svc": {"cgroup.controllers": "memory pids", "cgroup.procs": me}}, "svc", IO,
			Layout{V2: "svc/bulkhead.slice", Top: "svc", Leaf: "svc/bulkhead.launcher", Controllers: Memory | Pids}, ""},
		{"a limit is not escaped for a controller's sake", map[string]files{
			".":   {"cgroup.controllers": every, "cgroup.subtree_control": every},
			"svc": {"cgroup.controllers": "memory pids", "cgroup.procs": me, "cpu.max": "5000 100000"}}, "svc", IO,
			Layout{V2: "svc/bulkhead.slice", Top: "svc", Leaf: "svc/bulkhead.launcher", Controllers: Memory | Pids}, ""},
		{"a tree without controllers, as on a hybrid host", map[string]files{
			".": {"cgroup.controllers": "hugetlb"},
			"a": {"cgroup.controllers": "", "cgroup.procs": "1\n" + me}}, "a", 0,
			Layout{V2: "a"}, "other processes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := fakeTree(t, c.groups)
			got := treeAt(root, filepath.Join(root, c.own)).place(core | c.need)
			if !strings.Contains(got.Why, c.why) || (got.Why == "") != (c.why == "") || (got.Hint == "") != (c.why == "") {
				t.Errorf("why %q, hint %q, want %q", got.Why, got.Hint, c.why)
			}
			got.Why, got.Hint, got.Swap = "", "", ""
			for _, p := range []*string{&got.V2, &got.Top, &got.Leaf} {
				if *p != "" {
					*p, _ = filepath.Rel(root, *p)
				}
			}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestSwapFileTellsWhetherSwapIsControlled(t *testing.T) {
	root := fakeTree(t, map[string]files{".": {}, "with": {"memory.max": "max", "memory.swap.max": "max"}, "without": {"memory.max": "max"}, "unknown": {}})
	for group, want := range map[string][]Swap{"with": {SwapControlled}, "without": {SwapNone, SwapUncontrolled}, "unknown": {SwapUnknown}} {
		got := tree{mount: root, own: filepath.Join(root, group)}.swap()
		if got != want[0] && got != want[len(want)-1] {
			t.Errorf("%s: %s, want %v", group, got, want)
		}
	}
}

// probeAs runs Probe in a process with other rights.
func probeAs(t *testing.T, job string, attr *syscall.SysProcAttr) Layout {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{jobVar + "=" + job}
	cmd.SysProcAttr = attr
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var l Layout
	if err := json.Unmarshal(out, &l); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return l
}

func TestProbeSeesAReadOnlyTreeAsRoot(t *testing.T) { // bug row 81
	require(t, "root", os.Getuid() == 0, "only root may make a mount read-only")
	l := probeAs(t, "readonly", &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS})
	if l.Usable() || !strings.Contains(l.Why, "read-only") || l.Hint == "" {
		t.Errorf("got %+v, want a layout that says read-only", l)
	}
}

func TestProbeOfAStranger(t *testing.T) {
	require(t, "root", os.Getuid() == 0, "only root may become somebody else")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	require(t, "readable", openToAll(exe), "the test binary "+exe+" lies in a private directory")
	l := probeAs(t, "probe", &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}})
	if l.Usable() || !strings.Contains(l.Why, "does not belong to uid 65534") || l.Hint == "" || strings.Contains(l.Hint, "systemd-run") != around().systemd {
		t.Errorf("got %+v, want a layout that says whose it is", l)
	}
}

// openToAll reports whether everybody may run a file: /proc/self/exe needs no path, only the file's own mode.
func openToAll(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode()&fs.ModePerm&0o005 == 0o005
}

// The places of test/vm, and where groups belong in each. "%" is any number.
var inPlace = map[string]Layout{
	"root":      {V2: "/sys/fs/cgroup/user.slice/user-0.slice/bulkhead.slice", Top: "/sys/fs/cgroup/user.slice/user-0.slice"},
	"top":       {V2: "/sys/fs/cgroup"},
	"service":   {V2: "/sys/fs/cgroup/system.slice/test-%.service/bulkhead.slice", Top: "/sys/fs/cgroup/system.slice/test-%.service"},
	"container": {V2: "/sys/fs/cgroup/bulkhead.slice", Top: "/sys/fs/cgroup"},
	"user": {V2: "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/bulkhead.slice",
		Top: "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice"},
	"login": {},
}

func TestProbeInAPlace(t *testing.T) {
	place := os.Getenv("BULKHEAD_VM")
	want, known := inPlace[place]
	require(t, "vm", known, "only go run ./test/vm knows where groups belong")
	l := ProbeFor(CPU | Cpuset | IO)
	if strip(l.V2) != want.V2 || strip(l.Top) != want.Top {
		t.Errorf("in %s: groups go to %q below %q, want %q, %q", place, l.V2, l.Top, want.V2, want.Top)
	}
	if want.V2 == "" {
		if l.Why == "" || l.Hint == "" || strings.Contains(l.Hint, "systemd-run --user --scope -p Delegate=yes") != around().systemd {
			t.Errorf("why %q, hint %q", l.Why, l.Hint)
		}
	} else if !l.Can().Has(Memory | Pids | CPU | Cpuset | IO) {
		t.Errorf("in %s: only %s can be limited", place, l.Can())
	}
}

// strip replaces the job's number in a unit's name.
func strip(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		name, suffix, ok := strings.Cut(p, ".")
		if kind, number, dashed := strings.Cut(name, "-"); ok && dashed && kind == "test" && strings.Trim(number, "0123456789") == "" {
			parts[i] = kind + "-%." + suffix
		}
	}
	return strings.Join(parts, "/")
}

func BenchmarkProbe(b *testing.B) {
	for b.Loop() {
		Probe()
	}
}
