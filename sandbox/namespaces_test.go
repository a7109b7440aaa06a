package sandbox_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// kinds are the namespaces by the kernel's name, with the field of the Spec.
var kinds = map[string]func(*spec.Namespaces) *spec.Namespace{
	"user":   func(n *spec.Namespaces) *spec.Namespace { return &n.User },
	"pid":    func(n *spec.Namespaces) *spec.Namespace { return &n.PID },
	"mnt":    func(n *spec.Namespaces) *spec.Namespace { return &n.Mount },
	"net":    func(n *spec.Namespaces) *spec.Namespace { return &n.Net },
	"ipc":    func(n *spec.Namespaces) *spec.Namespace { return &n.IPC },
	"uts":    func(n *spec.Namespaces) *spec.Namespace { return &n.UTS },
	"cgroup": func(n *spec.Namespaces) *spec.Namespace { return &n.Cgroup },
	"time":   func(n *spec.Namespaces) *spec.Namespace { return &n.Time },
}

func ownNamespace(t testing.TB, kind string) string {
	t.Helper()
	link, err := os.Readlink("/proc/self/ns/" + kind)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func TestAllNamespacesAreNew(t *testing.T) {
	for _, asPID1 := range []bool{false, true} {
		first := inspect(t, func(s *sandbox.Spec) { s.AsPID1 = asPID1 })
		for kind := range kinds {
			if first.Namespaces[kind] == "" || first.Namespaces[kind] == ownNamespace(t, kind) {
				t.Errorf("as pid 1 %v: %s is %s, and ours is %s", asPID1, kind, first.Namespaces[kind], ownNamespace(t, kind))
			}
		}
	}
}

// One kind at a time is shared with the host, and only that.
func TestOneNamespaceOfTheHost(t *testing.T) {
	for shared, field := range kinds {
		if shared == "user" || shared == "mnt" {
			continue // they have tests of their own: without them the program is in the host's tree
		}
		t.Run(shared, func(t *testing.T) {
			if shared == "pid" {
				boxtest.RequireCgroup(t, cgroup.Pids) // without one it is refused
			}
			r := inspect(t, func(s *sandbox.Spec) { *field(&s.Namespaces) = spec.NamespaceHost })
			for kind := range kinds {
				if same := r.Namespaces[kind] == ownNamespace(t, kind); same != (kind == shared) {
					t.Errorf("%s: the same as ours: %v", kind, same)
				}
			}
			if r.Fields["CapEff"] != "0000000000000000" || r.Fields["NoNewPrivs"] != "1" {
				t.Errorf("rights: %v", r.Fields)
			}
		})
	}
}

// A namespace of another process is entered by a path, a descriptor or a sandbox's name.
func TestJoinedNamespaces(t *testing.T) {
	boxtest.RequireRoot(t, "others own no namespace that they could enter from outside")
	b, _ := begun(t, box(t, named(newName()), attack("sleep")))
	members := family(t, b.PID())
	pid := members[len(members)-1]
	for _, kind := range []string{"net", "ipc", "uts"} {
		path := fmt.Sprintf("/proc/%d/ns/%s", pid, kind)
		want, err := os.Readlink(path)
		if err != nil {
			t.Fatal(err)
		}
		r := inspect(t, func(s *sandbox.Spec) { *kinds[kind](&s.Namespaces) = spec.Namespace(path) })
		if r.Namespaces[kind] != want {
			t.Errorf("%s by path: %s, want %s", kind, r.Namespaces[kind], want)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		r = inspect(t, func(s *sandbox.Spec) { *kinds[kind](&s.Namespaces) = spec.Namespace(fmt.Sprintf("fd:%d", f.Fd())) })
		if r.Namespaces[kind] != want {
			t.Errorf("%s by descriptor: %s, want %s", kind, r.Namespaces[kind], want)
		}
		f.Close()
		r = inspect(t, func(s *sandbox.Spec) { *kinds[kind](&s.Namespaces) = spec.Namespace("sandbox:" + b.Name()) })
		if r.Namespaces[kind] != want {
			t.Errorf("%s by name: %s, want %s", kind, r.Namespaces[kind], want)
		}
	}
}

func init() { roles["run in a named network"] = namedNetwork }

// namedNetwork runs the Spec with a network namespace that ip(8) has named, in a /run of our own.
func namedNetwork() int {
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("none", "/run", "tmpfs", 0, "mode=0755")
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if out, err := exec.Command("ip", "netns", "add", "named").CombinedOutput(); err != nil {
		fmt.Printf("ip netns add: %v: %s", err, out)
		return 1
	}
	out, err := exec.Command("ip", "netns", "exec", "named", "readlink", "/proc/self/ns/net").Output()
	if err != nil {
		fmt.Println("ip netns exec:", err)
		return 1
	}
	fmt.Print(string(out))
	return runRole()
}

func TestNamedNetworkNamespace(t *testing.T) {
	boxtest.RequireRoot(t, "to make a named network namespace")
	boxtest.RequireProgram(t, "ip")
	err := exec.Command("ip", "netns").Run()
	boxtest.Require(t, "ip", err == nil, "this ip has no command netns")
	s := box(t, shell("readlink /proc/self/ns/net"), func(s *sandbox.Spec) { s.Namespaces.Net = "netns:named" })
	out, code := withMounts(t, "run in a named network", "", s)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 2 || lines[0] != lines[1] {
		t.Errorf("code %d: the named network and the program's are %q", code, lines)
	}
}

func TestNames(t *testing.T) {
	if r := inspect(t); r.Hostname != "bulkhead" || r.Domainname != "(none)" {
		t.Errorf("by default %q and %q", r.Hostname, r.Domainname)
	}
	r := inspect(t, func(s *sandbox.Spec) { s.Hostname, s.Domainname = "judge-7", "example.org" })
	if r.Hostname != "judge-7" || r.Domainname != "example.org" {
		t.Errorf("%q and %q", r.Hostname, r.Domainname)
	}
	mine, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if mine == "judge-7" {
		t.Error("the host was renamed")
	}
	prints(t, "judge-7\n", "cat /etc/hostname", func(s *sandbox.Spec) { s.Hostname = "judge-7" })
	r = inspect(t, func(s *sandbox.Spec) { s.Namespaces.UTS = spec.NamespaceHost })
	if r.Hostname != mine {
		t.Errorf("with the host's names: %q, want %q", r.Hostname, mine)
	}
}

// Loopback works, low ports included, and there is nothing else.
func TestLoopback(t *testing.T) {
	for _, address := range []string{"127.0.0.1:80", "127.0.0.1:0", "0.0.0.0:443", "[::1]:81"} {
		allowed(t, nil, "listen", "tcp", address)
	}
	allowed(t, nil, "listen", "unix", "/tmp/socket")
	denied(t, nil, "ENETUNREACH|EPERM|EACCES", "connect", "tcp", "192.0.2.1:80")
	denied(t, nil, "ENETUNREACH|EPERM|EACCES", "connect", "udp", "192.0.2.1:53")
	prints(t, "lo\n", "ls /proc/sys/net/ipv4/conf | grep -v -x -e all -e default")
	prints(t, "1\n", "grep -c : /proc/net/dev")
}

// What listens on the host's loopback cannot be reached, also by abstract socket; with the host's network it can.
func TestHostsNetworkIsOutOfReach(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	abstract, err := net.Listen("unix", "@"+newName())
	if err != nil {
		t.Fatal(err)
	}
	defer abstract.Close()
	go acceptAll(tcp)
	go acceptAll(abstract)
	denied(t, nil, "ECONNREFUSED", "connect", "tcp", tcp.Addr().String())
	denied(t, nil, "ECONNREFUSED", "connect", "unix", abstract.Addr().String())
	host := func(s *sandbox.Spec) { s.Namespaces.Net = spec.NamespaceHost }
	allowed(t, host, "connect", "tcp", tcp.Addr().String())
	allowed(t, host, "connect", "unix", abstract.Addr().String())
}

func acceptAll(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		c.Close()
	}
}

// A socket file that is in view read-only can be connected to by whom its permissions allow: that is documented, not a surprise.
func TestSocketInBind(t *testing.T) {
	dir := boxtest.TempDir(t)
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go acceptAll(l)
	denied(t, nil, "ENOENT", "connect", "unix", filepath.Join(dir, "socket"))
	if boxtest.Root() {
		denied(t, mounted(bind(dir, "/m")), "EACCES", "connect", "unix", "/m/socket")
	}
}

// System V segments and message queues of the host are not those inside.
func TestIPCIsSeparate(t *testing.T) {
	const key = 0x6275_6c6b
	id, err := unix.SysvShmGet(key, 4096, unix.IPC_CREAT|0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	denied(t, nil, "ENOENT", "shmget", itoa(key))
	allowed(t, func(s *sandbox.Spec) { s.Namespaces.IPC = spec.NamespaceHost }, "shmget", itoa(key))
	allowed(t, nil, "shmmake", itoa(key+1))
	if _, err := unix.SysvShmGet(key+1, 4096, 0); err != unix.ENOENT {
		t.Errorf("a segment made inside is seen outside: %v", err)
	}
}

// canShiftClocks tells whether the kernel can, and checks that it is refused with the remedy where it cannot.
func canShiftClocks(t testing.TB) bool {
	t.Helper()
	if boxtest.SharedClocks() {
		return true
	}
	e := run(t, func(s *sandbox.Spec) { s.Clock.Boottime = spec.Seconds(1000) }, command("true"))
	if e.Status != spec.SetupFailed || e.Error.Step != "clock" || !strings.Contains(e.Error.Hint, "Linux 6.3") {
		t.Errorf("clocks cannot be shifted here: %v", e)
	}
	return false
}

func TestShiftedClocks(t *testing.T) {
	if !canShiftClocks(t) {
		return
	}
	outside := func(clock int32) int64 {
		var ts unix.Timespec
		if err := unix.ClockGettime(clock, &ts); err != nil {
			t.Fatal(err)
		}
		return ts.Sec
	}
	r := inspect(t, func(s *sandbox.Spec) {
		s.Clock.Boottime, s.Clock.Monotonic = spec.Seconds(1_000_000), spec.Seconds(500_000)
	})
	if d := r.Boottime - outside(unix.CLOCK_BOOTTIME); d < 999_900 || d > 1_000_000 {
		t.Errorf("the boot clock is shifted by %d s", d)
	}
	if d := r.Monotonic - outside(unix.CLOCK_MONOTONIC); d < 499_900 || d > 500_000 {
		t.Errorf("the monotonic clock is shifted by %d s", d)
	}
	e := run(t, func(s *sandbox.Spec) { s.Clock.Boottime = spec.Seconds(-1e9) }, command("true"))
	if e.Status != spec.SetupFailed || e.Error.Hint == "" {
		t.Errorf("a clock before the start: %v", e)
	}
}

// The wall limit is not measured by the program's clocks.
func TestShiftedClocksAndLimits(t *testing.T) {
	if !canShiftClocks(t) {
		return
	}
	e := run(t, attack("sleep"), func(s *sandbox.Spec) {
		s.Clock.Monotonic, s.Limits.Wall = spec.Seconds(1_000_000), spec.Seconds(0.2)
	})
	hits(t, e, spec.LimitWall)
	if e.WallSeconds < 0.2 || e.WallSeconds > patient(1) {
		t.Errorf("wall time %v s", e.WallSeconds)
	}
}

// The program sees no more of the cgroup tree than its own group.
func TestCgroupView(t *testing.T) {
	for line := range strings.SplitSeq(strings.TrimSpace(inspect(t).Cgroups), "\n") {
		if line != "" && !strings.HasSuffix(line, ":/") {
			t.Errorf("the program sees its place in the host's tree: %s", line)
		}
	}
	for _, file := range []string{"memory.max", "pids.max", "cgroup.procs", "cgroup.subtree_control"} {
		denied(t, as(0, 0), "EROFS|EACCES|ENOENT|EPERM", "write", "/sys/fs/cgroup/"+file)
	}
}

func init() { roles["nest"] = nest }

// nestVar is how many more levels there are to be.
const nestVar = "BULKHEAD_TEST_NEST"

// nest runs itself in a sandbox, as often as it is told to, and says on each level who it is.
func nest() int {
	var left int
	fmt.Sscan(os.Getenv(nestVar), &left)
	link, _ := os.Readlink("/proc/self/ns/pid")
	fmt.Println(left, os.Getuid(), link)
	if left == 0 {
		return 7
	}
	s := specFromEnv()
	s.Env = map[string]string{roleVar: "nest", nestVar: itoa(left - 1), specVar: os.Getenv(specVar)}
	r, err := sandbox.Run(context.Background(), s, sandbox.IO{Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		fmt.Println(err)
	}
	return r.ExitCode
}

// A sandbox works inside a sandbox inside a sandbox, if each lets the next be.
func TestNesting(t *testing.T) {
	program := filepath.Join(boxtest.TempDir(t), "test")
	text, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	inside := box(t, command("/nest/test"), func(s *sandbox.Spec) { s.Nest, s.Mounts = true, []spec.Mount{bind("/nest", "/nest")} })
	s := inside.Clone()
	s.Mounts = []spec.Mount{bind(filepath.Dir(program), "/nest")}
	s.Env = map[string]string{roleVar: "nest", nestVar: "3", specVar: encode(t, inside)}
	e := runSpec(t, &s, nil)
	lines := strings.Split(strings.TrimSpace(e.out), "\n")
	if e.ExitCode != 7 || len(lines) != 4 {
		t.Fatalf("got %v", e)
	}
	seen := map[string]bool{}
	for _, l := range lines {
		seen[strings.Fields(l)[2]] = true
	}
	if len(seen) != 4 {
		t.Errorf("the four levels have %d pid namespaces: %q", len(seen), lines)
	}
}

// Without leave to nest there are no namespaces inside, by whatever call.
func TestNoNestingByDefault(t *testing.T) {
	for _, who := range []change{as(1000, 1000), as(0, 0)} {
		denied(t, who, "EPERM|ENOSYS", "unshare", itoa(unix.CLONE_NEWUSER))
		denied(t, who, "EPERM|ENOSYS", "unshare", itoa(unix.CLONE_NEWNET))
		denied(t, who, "EPERM|ENOSYS", "clone", itoa(unix.CLONE_NEWUSER))
		denied(t, who, "ENOSYS|EPERM", "clone3", itoa(unix.CLONE_NEWUSER))
	}
	nesting := func(s *sandbox.Spec) { s.Nest = true }
	allowed(t, nesting, "clone", itoa(unix.CLONE_NEWUSER))
	allowed(t, nesting, "unshare", itoa(unix.CLONE_FS))
}
