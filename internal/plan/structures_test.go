package plan

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// The structures that the kernel reads, byte by byte, where plans show only a text.

// capabilitySets is struct __user_cap_data_struct[2]; capget(2).
type capabilitySets struct{ effective, permitted, inheritable uint64 }

func setsOf(t *testing.T, c *Call) capabilitySets {
	t.Helper()
	header, _, _ := c.Args[0].Data()
	b, _, _ := c.Args[1].Data()
	if c.Name != "capset" || len(header) != 8 || len(b) != 24 || word(header, 0) != unix.LINUX_CAPABILITY_VERSION_3 {
		t.Fatalf("%s of %d and %d bytes, version %#x", c, len(header), len(b), word(header, 0))
	}
	at := func(i int) uint64 { return uint64(binary.LittleEndian.Uint32([]byte(b[4*i:]))) }
	return capabilitySets{at(0) | at(3)<<32, at(1) | at(4)<<32, at(2) | at(5)<<32}
}

func TestCapabilitySets(t *testing.T) {
	const all = 1<<41 - 1
	in := asRoot()
	in.decode(t, `{"capabilities": ["CHOWN", "SYS_NICE", "CHECKPOINT_RESTORE"]}`)
	keep := one(t, in.mustPlan(t), "keep granted capabilities")
	if got, want := setsOf(t, &keep.Calls[0]), (capabilitySets{all, all, 1 | 1<<23 | 1<<40}); got != want {
		t.Errorf("granted: %x, want %x", got, want)
	}
	in = asRoot()
	in.decode(t, `{"namespaces": {"user": "host"}, "capabilities": ["NET_RAW"]}`)
	in.host.Permitted = 1<<13 | 1<<39
	p := in.mustPlan(t)
	if got, want := setsOf(t, &one(t, p, "keep granted").Calls[0]), (capabilitySets{1<<13 | 1<<39, 1<<13 | 1<<39, 1 << 13}); got != want {
		t.Errorf("in the host's user namespace: %x, want %x", got, want)
	}
	if got, want := setsOf(t, &one(t, p, "hide init").Calls[0]), (capabilitySets{0, 1<<13 | 1<<39, 0}); got != want {
		t.Errorf("of init: %x, want %x", got, want)
	}
}

// The bounding set loses all that the kernel knows and the Spec does not grant, each once.
func TestBoundingSet(t *testing.T) {
	for _, last := range []int{37, 40, 63} {
		in := asRoot()
		in.decode(t, `{"capabilities": ["KILL"]}`)
		in.host.LastCap = last
		var dropped []int64
		for _, c := range one(t, in.mustPlan(t), "empty the capability bounding set").Calls {
			n, _ := c.Args[1].Number()
			dropped = append(dropped, n)
		}
		if len(dropped) != last || slices.Contains(dropped, 5) || slices.Max(dropped) != int64(last) {
			t.Errorf("last capability %d: dropped %v", last, dropped)
		}
	}
}

// With all of them granted there is nothing to drop, and no step without calls.
func TestAllCapabilities(t *testing.T) {
	in := asRoot()
	in.spec.Capabilities = spec.Capabilities()
	p := in.mustPlan(t)
	if len(find(p, "empty")) != 0 {
		t.Error("the bounding set is emptied of nothing")
	}
	for _, problem := range problems(&in, p) {
		t.Error(problem)
	}
}

// Securebits; linux/securebits.h: each bit has its lock one above it.
func TestSecurebits(t *testing.T) {
	const noroot, noFixup, keepCaps, noAmbient = 1 << 0, 1 << 2, 1 << 4, 1 << 6
	if want := (noroot|noFixup|noAmbient)*3 | keepCaps*2; secbitsLocked != want {
		t.Errorf("locked securebits %#b, want %#b", secbitsLocked, want)
	}
	if secbitNoSetuidFixup != noFixup {
		t.Errorf("SECBIT_NO_SETUID_FIXUP is %#b", secbitNoSetuidFixup)
	}
}

// The last words about rights, whoever says them: locked securebits, no_new_privs, and then the filter.
func TestRightsGoInOrder(t *testing.T) {
	for _, doc := range []string{`{}`, `{"as_pid_1": true}`, `{"capabilities": ["CHOWN"]}`} {
		in := asRoot()
		in.decode(t, doc)
		p := in.mustPlan(t)
		order := []string{"empty the capability bounding set", "lock securebits", "set no_new_privs", "install the system-call filter", "run "}
		last := -1
		for _, step := range order {
			at := slices.IndexFunc(p.Steps, func(s Step) bool { return strings.HasPrefix(s.Does+" "+s.Object, step) })
			if at <= last {
				t.Errorf("%s: %q is step %d, and what comes before it %d", doc, step, at, last)
			}
			last = at
		}
	}
}

func TestNewPrivileges(t *testing.T) {
	in := asRoot()
	in.decode(t, `{"allow_new_privs": true}`)
	p := in.mustPlan(t)
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Actor == Program && (s.Object == "no_new_privs" || s.Object == "securebits") {
			t.Errorf("allowed, and yet: %s %s", s.Does, s.Object)
		}
	}
	if len(find(p, "empty the capability bounding set")) != 1 {
		t.Error("the bounding set is left")
	}
}

// struct ifreq; netdevice(7).
func TestLoopback(t *testing.T) {
	in := asRoot()
	b, _, _ := one(t, in.mustPlan(t), "bring up loopback").Calls[1].Args[2].Data()
	if len(b) != 40 || b[:3] != "lo\x00" || binary.LittleEndian.Uint16([]byte(b[16:18])) != unix.IFF_UP|unix.IFF_LOOPBACK|unix.IFF_RUNNING {
		t.Errorf("ifreq %q", b)
	}
}

// struct msghdr, iovec and cmsghdr; recvmsg(2), cmsg(3).
func TestSendFD(t *testing.T) {
	c := sendFD(CellTerminal, 77)
	header, fixes, _ := c.Args[1].Data()
	if len(header) != 56 || word(header, 3) != 1 || word(header, 5) != 24 || len(fixes) != 2 || fixes[0].Offset != 16 || fixes[1].Offset != 32 {
		t.Fatalf("msghdr %x with %+v", header, fixes)
	}
	vector, text, _ := fixes[0].Arg.Data()
	if len(vector) != 16 || word(vector, 1) != 1 || text[0].Offset != 0 {
		t.Errorf("iovec %x with %+v", vector, text)
	}
	control, fd, _ := fixes[1].Arg.Data()
	if word(control, 0) != 20 || word(control, 1) != unix.SOL_SOCKET|uint64(unix.SCM_RIGHTS)<<32 || fd[0].Offset != 16 {
		t.Errorf("cmsghdr %x with %+v", control, fd)
	}
	if sent, ok := fd[0].Arg.CellRef(); !ok || sent != 77 {
		t.Errorf("sends %v", fd[0].Arg)
	}
}

func TestClone3(t *testing.T) {
	c := clone3(cloneVM|unix.CLONE_NEWUSER, sigchld)
	b, _, _ := c.Args[0].Data()
	size, _ := c.Args[1].Number()
	if int64(len(b)) != size || size != unix.CLONE_ARGS_SIZE_VER2 || word(b, 0) != unix.CLONE_VM|unix.CLONE_NEWUSER || word(b, 4) != uint64(unix.SIGCHLD) {
		t.Errorf("clone_args of %d bytes, %x", size, b)
	}
}

// struct timens_offset as text; time_namespaces(7): the nanoseconds are never negative.
func TestClockLines(t *testing.T) {
	for doc, want := range map[string]string{
		`{"clock": {"monotonic": "1.25s"}}`:                   "monotonic 1 250000000\nboottime 0 0\n",
		`{"clock": {"monotonic": "-1.5s"}}`:                   "monotonic -2 500000000\nboottime 0 0\n",
		`{"clock": {"boottime": "-2s"}}`:                      "monotonic 0 0\nboottime -2 0\n",
		`{"clock": {"monotonic": "-2ns", "boottime": "1ns"}}`: "monotonic -1 999999998\nboottime 0 1\n",
	} {
		in := asUser()
		in.decode(t, doc)
		if got, _ := one(t, in.mustPlan(t), "shift clocks").Calls[0].Args[1].Str(); got != want {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
}

func TestCPUMask(t *testing.T) {
	for list, want := range map[string][]int{"0": {0}, "0-2,9": {0, 1, 2, 9}, "1023": {1023}, "63-64": {63, 64}} {
		mask := cpuMask(list)
		var got []int
		for cpu := range 8 * len(mask) {
			if mask[cpu/8]>>(cpu%8)&1 != 0 {
				got = append(got, cpu)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", list, got, want)
		}
	}
}

// limitOf are the soft and hard value of the last call that sets a limit.
func limitOf(p *Plan, number int64) (soft, hard uint64, times int) {
	for _, c := range allCalls(p, "prlimit64") {
		if n, _ := c.Args[1].Number(); n == number {
			b, _, _ := c.Args[2].Data()
			soft, hard = word(b, 0), word(b, 1)
			times++
		}
	}
	return soft, hard, times
}

func TestRlimits(t *testing.T) {
	const infinity = math.MaxUint64
	for _, test := range []struct {
		doc        string
		number     int64
		ceiling    uint64
		soft, hard uint64
	}{
		{`{}`, unix.RLIMIT_CORE, infinity, 0, 0},
		{`{}`, unix.RLIMIT_NOFILE, infinity, 1024, 4096},
		{`{}`, unix.RLIMIT_NOFILE, 2000, 1024, 2000},
		{`{}`, unix.RLIMIT_NOFILE, 100, 100, 100},
		{`{"limits": {"open_files": 9000}}`, unix.RLIMIT_NOFILE, infinity, 9000, 9000},
		{`{"limits": {"stack": "unlimited"}}`, unix.RLIMIT_STACK, infinity, infinity, infinity},
		{`{"limits": {"stack": "unlimited"}}`, unix.RLIMIT_STACK, 1 << 20, 1 << 20, 1 << 20},
		{`{"limits": {"pids": 7}}`, unix.RLIMIT_NPROC, infinity, 9, 9},
		{`{"limits": {"rlimits": {"core": "1M"}}}`, unix.RLIMIT_CORE, infinity, 1 << 20, 1 << 20},
		{`{"limits": {"rlimits": {"nproc": 5000}}}`, unix.RLIMIT_NPROC, infinity, 5000, 5000},
		{`{"limits": {"rlimits": {"rttime": 3}}}`, unix.RLIMIT_RTTIME, infinity, 3, 3},
		{`{"limits": {"rlimits": {"nofile": 9000}}}`, unix.RLIMIT_NOFILE, infinity, 9000, 9000},
		{`{"limits": {"rlimits": {"nofile": 20}}}`, unix.RLIMIT_NOFILE, infinity, 20, 20},
		{`{"limits": {"rlimits": {"stack": "1G"}}}`, unix.RLIMIT_STACK, infinity, 1 << 30, 1 << 30},
	} {
		in := asRoot()
		in.decode(t, test.doc)
		in.run.HardLimits = map[int64]uint64{test.number: test.ceiling}
		soft, hard, times := limitOf(in.mustPlan(t), test.number)
		if soft != test.soft || hard != test.hard || times != 1 {
			t.Errorf("%s, caller's hard limit %d: %d and %d, set %d times; want %d and %d, once", test.doc, test.ceiling, soft, hard, times, test.soft, test.hard)
		}
	}
	in := asRoot()
	in.run.Cgroup = Cgroup{}
	if soft, _, _ := limitOf(in.mustPlan(t), unix.RLIMIT_NPROC); soft != 1024 {
		t.Errorf("without a cgroup nproc alone limits: %d, want 1024", soft)
	}
	in.decode(t, `{"limits": {"pids": "unlimited", "stack": "unlimited"}}`)
	if _, _, times := limitOf(in.mustPlan(t), unix.RLIMIT_NPROC); times != 0 {
		t.Error("unlimited processes are limited")
	}
}
