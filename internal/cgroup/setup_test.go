package cgroup

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

// The hosts of the tables: pure v2 at the root, v2 with a shared directory, separate v1 hierarchies, hybrid.
var (
	rootV2 = Layout{V2: "/cg", Controllers: Memory | Pids | CPU | Cpuset | IO, Enabled: Memory, Swap: SwapUnknown}
	userV2 = Layout{V2: "/cg/user/bulkhead.slice", Top: "/cg/user", Leaf: "/cg/user/bulkhead.launcher",
		Controllers: Memory | Pids, TopEnabled: Pids, Swap: SwapControlled}
	plainV1 = Layout{V1: V1{Memory: "/cg/memory", Pids: "/cg/pids", CPU: "/cg/cpu,cpuacct", CPUAcct: "/cg/cpu,cpuacct",
		Cpuset: "/cg/cpuset", IO: "/cg/blkio", Freezer: "/cg/freezer"}, Mems: "0-1", Swap: SwapControlled}
	hybrid = Layout{V2: "/cg/unified", V1: plainV1.V1, Mems: "0", Swap: SwapNone}
	none   = Layout{Why: "no cgroup tree is mounted", Hint: "mount one"}
)

// lines is a Setup in the order it is carried out.
func lines(s Setup) []string {
	var out []string
	for _, d := range s.Shared {
		out = append(out, "share "+d)
	}
	for _, d := range s.Dirs {
		out = append(out, "mkdir "+d)
	}
	for _, w := range s.Writes {
		out = append(out, writeLine(w))
	}
	for _, p := range s.Procs {
		out = append(out, "enter "+p)
	}
	if s.Into != "" {
		out = append(out, "into "+s.Into)
	}
	for _, w := range s.After {
		out = append(out, "after "+writeLine(w))
	}
	for _, u := range s.Unmet {
		out = append(out, "unmet "+u.Limit)
	}
	return out
}

func writeLine(w Write) string {
	opt := ""
	if w.Optional {
		opt = "?"
	}
	return w.Path + opt + " = " + w.Value
}

func TestSetup(t *testing.T) {
	everything := spec.Limits{Memory: 64 << 20, MemoryHigh: 48 << 20, Swap: 16 << 20, Pids: 10, CPUs: 1.5, CPUWeight: 50, Cpuset: "0-1",
		IO: []spec.IOLimit{{Device: "8:0", ReadBPS: 1 << 20, WriteIOPS: 100}}, CPUTime: 1e9}
	for _, c := range []struct {
		name string
		on   Layout
		lim  spec.Limits
		want string
	}{
		{"defaults at the v2 root", rootV2, spec.Limits{}, `
mkdir /cg/b
/cg/cgroup.subtree_control = +pids
/cg/b/memory.max = 4G
/cg/b/memory.swap.max? = 0
/cg/b/pids.max = 1025
into /cg/b
after /cg/b/memory.oom.group = 1`},
		{"defaults below a delegated v2 group", userV2, spec.Limits{}, `
share /cg/user/bulkhead.slice
share /cg/user/bulkhead.launcher
mkdir /cg/user/bulkhead.slice/b
/cg/user/bulkhead.launcher/cgroup.procs = 0
/cg/user/cgroup.subtree_control = +memory
/cg/user/bulkhead.slice/cgroup.subtree_control = +memory +pids
/cg/user/bulkhead.slice/b/memory.max = 4G
/cg/user/bulkhead.slice/b/memory.swap.max = 0
/cg/user/bulkhead.slice/b/pids.max = 1025
into /cg/user/bulkhead.slice/b
after /cg/user/bulkhead.slice/b/memory.oom.group = 1`},
		{"controllers that are not delegated are unmet", userV2, spec.Limits{Memory: spec.Unlimited, Pids: spec.Unlimited, Swap: spec.Unlimited,
			CPUs: 1, CPUWeight: 1, Cpuset: "0", IO: []spec.IOLimit{{Device: "8:0"}}}, `
share /cg/user/bulkhead.slice
share /cg/user/bulkhead.launcher
mkdir /cg/user/bulkhead.slice/b
/cg/user/bulkhead.launcher/cgroup.procs = 0
/cg/user/cgroup.subtree_control = +memory
/cg/user/bulkhead.slice/cgroup.subtree_control = +memory +pids
into /cg/user/bulkhead.slice/b
after /cg/user/bulkhead.slice/b/memory.oom.group = 1
unmet cpus
unmet cpu_weight
unmet cpuset
unmet io`},
		{"everything on v2", rootV2, everything, `
mkdir /cg/b
/cg/cgroup.subtree_control = +pids +cpu +cpuset +io
/cg/b/memory.max = 64M
/cg/b/memory.high = 48M
/cg/b/memory.swap.max? = 16M
/cg/b/pids.max = 11
/cg/b/cpu.max = 150000 100000
/cg/b/cpu.weight = 50
/cg/b/cpuset.cpus = 0-1
/cg/b/io.max = 8:0 rbps=1048576 wiops=100
into /cg/b
after /cg/b/memory.oom.group = 1`},
		{"defaults on v1 use no controller that no limit needs", plainV1, spec.Limits{}, `
mkdir /cg/cpu,cpuacct/b
mkdir /cg/memory/b
mkdir /cg/pids/b
/cg/memory/b/memory.limit_in_bytes = 4G
/cg/memory/b/memory.memsw.limit_in_bytes = 4G
/cg/pids/b/pids.max = 1025
enter /cg/cpu,cpuacct/b/cgroup.procs
enter /cg/memory/b/cgroup.procs
enter /cg/pids/b/cgroup.procs`},
		{"everything on v1, swap as the sum with memory", plainV1, everything, `
mkdir /cg/cpu,cpuacct/b
mkdir /cg/memory/b
mkdir /cg/pids/b
mkdir /cg/cpuset/b
mkdir /cg/blkio/b
/cg/memory/b/memory.limit_in_bytes = 64M
/cg/memory/b/memory.memsw.limit_in_bytes = 80M
/cg/pids/b/pids.max = 11
/cg/cpu,cpuacct/b/cpu.cfs_quota_us = 150000
/cg/cpu,cpuacct/b/cpu.shares = 512
/cg/cpuset/b/cpuset.mems = 0-1
/cg/cpuset/b/cpuset.cpus = 0-1
/cg/blkio/b/blkio.throttle.read_bps_device = 8:0 1048576
/cg/blkio/b/blkio.throttle.write_iops_device = 8:0 100
enter /cg/cpu,cpuacct/b/cgroup.procs
enter /cg/memory/b/cgroup.procs
enter /cg/pids/b/cgroup.procs
enter /cg/cpuset/b/cgroup.procs
enter /cg/blkio/b/cgroup.procs
unmet memory_high`},
		{"unlimited memory on v1 still avoids swap", plainV1, spec.Limits{Memory: spec.Unlimited, Pids: spec.Unlimited}, `
mkdir /cg/cpu,cpuacct/b
mkdir /cg/memory/b
mkdir /cg/pids/b
/cg/memory/b/memory.swappiness = 0
enter /cg/cpu,cpuacct/b/cgroup.procs
enter /cg/memory/b/cgroup.procs
enter /cg/pids/b/cgroup.procs`},
		{"a hybrid host counts processor time on v2", hybrid, spec.Limits{CPUTime: 1e9}, `
mkdir /cg/unified/b
mkdir /cg/memory/b
mkdir /cg/pids/b
/cg/memory/b/memory.limit_in_bytes = 4G
/cg/pids/b/pids.max = 1025
enter /cg/memory/b/cgroup.procs
enter /cg/pids/b/cgroup.procs
into /cg/unified/b`},
		{"no groups at all", none, spec.Limits{CPUTime: 1, Idle: 1, MemoryHigh: 1}, `
unmet cpu_time
unmet idle
unmet memory
unmet memory_high
unmet pids`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.on.Setup("b", c.lim, 1)
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Split(strings.TrimSpace(c.want), "\n"); !slices.Equal(lines(got), want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(lines(got), "\n"), strings.Join(want, "\n"))
			}
			for _, w := range append(got.Writes, got.After...) {
				if w.What == "" {
					t.Errorf("write to %s has no description", w.Path)
				}
			}
			for _, u := range got.Unmet {
				if u.Reason == "" || u.Hint == "" {
					t.Errorf("unmet %q gives no reason or hint: %+v", u.Limit, u)
				}
			}
		})
	}
}

func TestPidsOnTopOfTheLimit(t *testing.T) {
	for _, c := range []struct {
		pids int64
		own  int64
		want string
	}{
		{10, 1, "pids.max=11"}, {10, 2, "pids.max=12"}, {10, 0, "pids.max=10"}, {1, 0, "pids.max=2"}, {0, 0, "pids.max=1024"}, {0, 2, "pids.max=1026"},
		// More than there can be is no limit; the kernel would refuse the number.
		{4<<20 - 1, 1, "pids.max=4194304"}, {4<<20 - 1, 2, "pids.max=4194304"}, {4 << 20, 1, ""}, {4 << 20, 0, ""}, {math.MaxInt64, 1, ""},
	} {
		s, err := rootV2.Setup("b", spec.Limits{Pids: c.pids}, c.own)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, w := range append(s.Writes, s.After...) {
			if strings.HasSuffix(w.Path, "/pids.max") {
				all = append(all, "pids.max="+w.Value)
			}
		}
		if got := strings.Join(all, " "); got != c.want {
			t.Errorf("%d processes and %d of ours: got %q, want %q", c.pids, c.own, got, c.want)
		}
	}
}

func TestSetupRefusesBadNames(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "../x", "a\nb", "a\x00b"} {
		if _, err := rootV2.Setup(name, spec.Limits{}, 1); err == nil {
			t.Errorf("name %q was accepted", name)
		}
	}
}

func TestSetupRefusesUnresolvedDevices(t *testing.T) {
	for _, dev := range []string{"/dev/sda", "8", "8:", ":0", "8:0:1", "-8:0", "a:b", ""} {
		_, err := rootV2.Setup("b", spec.Limits{IO: []spec.IOLimit{{Device: dev}}}, 1)
		if err == nil || !strings.Contains(err.Error(), dev) {
			t.Errorf("device %q: error %v does not name it", dev, err)
		}
	}
}

func TestUncontrolledSwapIsUnmet(t *testing.T) {
	l := plainV1
	l.Swap = SwapUncontrolled
	for _, c := range []struct {
		swap  spec.Size
		unmet []string
	}{{0, []string{"unmet swap"}}, {spec.Unlimited, nil}} {
		got, err := l.Setup("b", spec.Limits{Swap: c.swap}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if unmet := lines(Setup{Unmet: got.Unmet}); !slices.Equal(unmet, c.unmet) {
			t.Errorf("swap %d: got %v, want %v", c.swap, unmet, c.unmet)
		}
	}
}

func TestQuota(t *testing.T) {
	for _, c := range []struct {
		cpus   float64
		v2, v1 string
	}{
		{1, "100000 100000", "cpu.cfs_quota_us=100000"},
		{0.5, "50000 100000", "cpu.cfs_quota_us=50000"},
		{0.005, "5000 1000000", "cpu.cfs_period_us=1000000 cpu.cfs_quota_us=5000"},
		{0.0001, "1000 1000000", "cpu.cfs_period_us=1000000 cpu.cfs_quota_us=1000"},
		{0, "", ""},
		{-1, "", ""},
		{1e12, "", ""},
		{math.Inf(1), "", ""},
		{math.NaN(), "", ""},
	} {
		if got := written(t, rootV2, spec.Limits{CPUs: c.cpus}, "cpu.max"); got != strings.TrimSpace("cpu.max="+c.v2) && (got != "" || c.v2 != "") {
			t.Errorf("v2, %v processors: got %q, want %q", c.cpus, got, c.v2)
		}
		if got := written(t, plainV1, spec.Limits{CPUs: c.cpus}, "cpu.cfs"); got != c.v1 {
			t.Errorf("v1, %v processors: got %q, want %q", c.cpus, got, c.v1)
		}
	}
}

func TestWeightBecomesShares(t *testing.T) {
	for weight, shares := range map[int64]string{1: "10", 50: "512", 99: "1014", 200: "2048", 10000: "102400", 20000: "102400", 100: "", 0: "", -1: ""} {
		want := ""
		if shares != "" {
			want = "cpu.shares=" + shares
		}
		if got := written(t, plainV1, spec.Limits{CPUWeight: weight}, "cpu.shares"); got != want {
			t.Errorf("weight %d: got %q, want %q", weight, got, want)
		}
	}
}

// written is the values that Setup writes to files of this prefix.
func written(t *testing.T, l Layout, lim spec.Limits, prefix string) string {
	t.Helper()
	s, err := l.Setup("b", lim, 1)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, w := range s.Writes {
		if base := w.Path[strings.LastIndex(w.Path, "/")+1:]; strings.HasPrefix(base, prefix) {
			out = append(out, base+"="+w.Value)
		}
	}
	return strings.Join(out, " ")
}

func TestHuman(t *testing.T) {
	for size, want := range map[int64]string{0: "0", 1: "1", 1023: "1023", 1024: "1K", 1536: "1536", 64 << 20: "64M", 3 << 29: "1536M", 4 << 30: "4G",
		5 << 40: "5T", math.MaxInt64: "9223372036854775807"} {
		if got := human(size); got != want {
			t.Errorf("human(%d) = %q, want %q", size, got, want)
		}
	}
}

func TestLayoutSurvivesJSON(t *testing.T) {
	for _, want := range []Layout{rootV2, userV2, plainV1, hybrid, none} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Layout
		if err := json.Unmarshal(text, &got); err != nil || got != want {
			t.Errorf("%s became %+v (%v)", text, got, err)
		}
	}
}

func TestSetupIsPure(t *testing.T) {
	lim := spec.Limits{CPUs: 2, IO: []spec.IOLimit{{Device: "8:0", ReadBPS: 1}}}
	first, _ := hybrid.Setup("b", lim, 1)
	second, _ := hybrid.Setup("b", lim, 1)
	if !reflect.DeepEqual(first, second) {
		t.Errorf("two calls differ:\n%+v\n%+v", first, second)
	}
}
