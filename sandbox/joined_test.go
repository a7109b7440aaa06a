package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// neighbour is a sandbox that waits, for others to join.
func neighbour(t testing.TB, changes ...change) *sandbox.Sandbox {
	t.Helper()
	b, _ := begun(t, box(t, append([]change{named(newName()), attack("sleep")}, changes...)...))
	return b
}

// joining enters namespaces of a running sandbox.
func joining(b *sandbox.Sandbox, kernelNames ...string) change {
	return func(s *sandbox.Spec) {
		for _, kind := range kernelNames {
			*kinds[kind](&s.Namespaces) = spec.Namespace("sandbox:" + b.Name())
			if kind == "mnt" {
				s.Mounts = nil // their tree shows the hostile program, too
			}
		}
	}
}

// seen is what the hostile program tells of itself as one more program of a sandbox.
func seen(t testing.TB, b *sandbox.Sandbox) report {
	t.Helper()
	e := execute(t, b, hostile, "status")
	if e.fault != nil || e.ExitCode != 0 {
		t.Fatalf("exec: %v", e)
	}
	return parseReport(t, e.out)
}

// Root and an ordinary user join each kind of namespace of a running sandbox, and only that; nothing else about the program changes.
func TestJoinsARunningSandbox(t *testing.T) {
	b := neighbour(t)
	theirs, plain := seen(t, b), inspect(t)
	for kind := range kinds {
		if kind == "mnt" {
			continue // see below
		}
		r := inspect(t, joining(b, kind))
		for other := range kinds {
			// A program that exec adds has a time namespace of its own, like the sandbox's.
			if same := r.Namespaces[other] == theirs.Namespaces[other]; other != "time" && same != (other == kind) {
				t.Errorf("joined %s: %s is the sandbox's: %v", kind, other, same)
			}
			if r.Namespaces[other] == ownNamespace(t, other) {
				t.Errorf("joined %s: %s is ours", kind, other)
			}
		}
		for _, field := range []string{"Uid", "Gid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters"} {
			if r.Fields[field] != plain.Fields[field] {
				t.Errorf("joined %s: %s is %s, without %s", kind, field, r.Fields[field], plain.Fields[field])
			}
		}
		if fmt.Sprint(r.Limits) != fmt.Sprint(plain.Limits) || len(r.FDs) != len(plain.FDs) {
			t.Errorf("joined %s: limits %v, descriptors %v, without %v and %v", kind, r.Limits, r.FDs, plain.Limits, plain.FDs)
		}
	}
	if e := execute(t, b, hostile, "status"); e.ExitCode != 0 {
		t.Errorf("the joined sandbox afterwards: %v", e)
	}
}

// All at once: a program beside the first one, as exec adds it, but with a Spec of its own.
func TestJoinsAllOfASandbox(t *testing.T) {
	b := neighbour(t)
	theirs := seen(t, b)
	r := inspect(t, joining(b, "user", "pid", "mnt", "net", "ipc", "uts", "cgroup", "time"))
	for kind := range kinds {
		if kind != "time" && r.Namespaces[kind] != theirs.Namespaces[kind] {
			t.Errorf("%s is %s, the sandbox's %s", kind, r.Namespaces[kind], theirs.Namespaces[kind])
		}
	}
	if fmt.Sprint(r.Mounts) != fmt.Sprint(theirs.Mounts) || r.Fields["CapEff"] != "0000000000000000" {
		t.Errorf("mounts %v, capabilities %s", r.Mounts, r.Fields["CapEff"])
	}
}

// A program that is process 1 of its own pid namespace joins others, too.
func TestJoinsAsProcessOne(t *testing.T) {
	b := neighbour(t)
	theirs := seen(t, b)
	r := inspect(t, joining(b, "user", "net"), func(s *sandbox.Spec) { s.AsPID1 = true })
	if r.PID != 1 || r.Namespaces["net"] != theirs.Namespaces["net"] || r.Namespaces["user"] != theirs.Namespaces["user"] {
		t.Errorf("pid %d, net %s, user %s", r.PID, r.Namespaces["net"], r.Namespaces["user"])
	}
}

// Every kind of sandbox can be joined, also by one that has joined another.
func TestJoinsAnySandbox(t *testing.T) {
	first := neighbour(t)
	for what, b := range map[string]*sandbox.Sandbox{
		"process 1":         neighbour(t, func(s *sandbox.Spec) { s.AsPID1 = true }),
		"with capabilities": neighbour(t, func(s *sandbox.Spec) { s.Capabilities = []spec.Capability{"NET_ADMIN", "SYS_ADMIN"} }),
		"root inside":       neighbour(t, as(0, 0)),
		"one that joined":   neighbour(t, joining(first, "net", "ipc")),
		"one in its pids":   neighbour(t, joining(first, "pid")),
	} {
		theirs := seen(t, b)
		r := inspect(t, joining(b, "net", "ipc", "pid"))
		for _, kind := range []string{"net", "ipc", "pid"} {
			if r.Namespaces[kind] != theirs.Namespaces[kind] {
				t.Errorf("%s: %s is %s, theirs %s", what, kind, r.Namespaces[kind], theirs.Namespaces[kind])
			}
		}
		if r.Namespaces["user"] == theirs.Namespaces["user"] || r.Fields["CapEff"] != "0000000000000000" {
			t.Errorf("%s: %v", what, r.Namespaces)
		}
	}
}

// In a joined pid namespace the others are seen and, of an ordinary user, can be
// signalled; looking into them takes their user namespace as well.
func TestJoinedPIDNamespace(t *testing.T) {
	b := neighbour(t)
	script := `cd /proc; for p in [0-9]*; do tr '\0' ' ' <$p/cmdline; echo; done`
	if out := works(t, joining(b, "pid"), shell(script)).out; !strings.Contains(out, hostile+" sleep") || !strings.Contains(out, "bulkhead-init") {
		t.Errorf("seen are %q", out)
	}
	theirPID := itoa(pidInside(t, b))
	denied(t, joining(b, "pid"), "EACCES|EPERM", "read", "/proc/"+theirPID+"/environ")
	denied(t, joining(b, "pid"), "EACCES|EPERM", "ptrace", theirPID)
	denied(t, joining(b, "pid"), "EACCES|EPERM", "readlink", "/proc/1/ns/net")
	denied(t, joining(b, "pid"), "EPERM|EACCES", "ptrace", "1")
	together := joining(b, "pid", "user")
	allowed(t, together, "read", "/proc/"+theirPID+"/environ")
	allowed(t, together, "list", "/proc/"+theirPID+"/root/")
	denied(t, together, "EACCES|EPERM", "readlink", "/proc/1/root")
	denied(t, together, "EPERM|ENOSYS", "ptrace", theirPID) // by the default policy
	allowed(t, func(s *sandbox.Spec) { together(s); s.Seccomp.Policy = "build" }, "ptrace", theirPID)
	denied(t, func(s *sandbox.Spec) {
		joining(b, "pid")(s)
		s.Proc.HidePID = "invisible"
	}, "ENOENT", "list", "/proc/1")
	// With a tree of the host as root, proc is put there by descriptor.
	prints(t, "bulkhead-init", "tr '\\0' '\\n' </proc/1/cmdline | head -1 | tr -d '\\n'", joining(b, "pid"), func(s *sandbox.Spec) {
		s.Root = spec.Root{Kind: spec.RootDir, Dir: "/"}
		s.Mounts = nil
	})
}

// pidInside is the number of a sandbox's program in its own pid namespace.
func pidInside(t testing.TB, b *sandbox.Sandbox) int {
	t.Helper()
	e := execute(t, b, "/bin/sh", "-c", `cd /proc; for p in [0-9]*; do read -r c <$p/comm && [ "$c" = hostile ] && echo $p; done; true`)
	var pid int
	if _, err := fmt.Sscan(e.out, &pid); err != nil {
		t.Fatalf("%v: %v", err, e)
	}
	return pid
}

// What a program leaves in a joined pid namespace ends with it where a cgroup finds it, and the joined program does not.
func TestNothingIsLeftInAJoinedPIDNamespace(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Pids)
	b := neighbour(t)
	if out := works(t, joining(b, "pid"), shell("setsid sleep 987 >/dev/null 2>&1 & exit 0")).out; out != "" {
		t.Errorf("said %q", out)
	}
	if e := execute(t, b, "/bin/sh", "-c", "cat /proc/[0-9]*/comm"); strings.Contains(e.out, "sleep\n") || !strings.Contains(e.out, "hostile\n") {
		t.Errorf("afterwards there are %q", e.out)
	}
}

// Without a cgroup that has to be put up with; else it is refused.
func TestJoinedPIDNamespaceWithoutCgroup(t *testing.T) {
	boxtest.RequireUser(t, "root has cgroups")
	b := neighbour(t)
	e := run(t, joining(b, "pid"), shell("true"), func(s *sandbox.Spec) {
		s.AllowDrop = []spec.Protection{spec.ProtectionMemory, spec.ProtectionPids, spec.ProtectionSwap, spec.ProtectionCPU}
	})
	if e.Status == spec.SetupFailed && (!strings.Contains(e.fault.Error(), "pid namespace") || !strings.Contains(e.Error.Hint, "--allow-drop cgroup")) {
		t.Errorf("got %v", e)
	}
	e = works(t, joining(b, "pid"), shell("true"))
	if len(e.Dropped) == 0 && e.Status != spec.Exited {
		t.Errorf("got %v", e)
	}
}

// A program ends with the sandbox whose pid namespace it is in, and with its own launcher.
func TestJoinedProgramEnds(t *testing.T) {
	b := neighbour(t)
	c, _ := begun(t, box(t, joining(b, "pid"), attack("sleep")))
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	if e := end(t, c); e.Signal != "SIGKILL" {
		t.Errorf("after the end of the joined sandbox: %v", e)
	}
	b = neighbour(t)
	c, _ = begun(t, box(t, joining(b, "pid", "net"), attack("sleep")))
	if err := c.Stop(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	if e := end(t, c); e.ExitCode != 143 {
		t.Errorf("stopped: %v", e)
	}
	cmd, out := spawn(t, "launcher", box(t, joining(b, "pid"), command("sleep", "986")))
	var pid int
	if _, err := fmt.Fscanf(out, "ready\nstarted %d\n", &pid); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, 10_000); n != 1 {
		t.Errorf("it outlives its launcher: %v", err)
	}
	if _, err := sandbox.Collect(false); err != nil { // the cgroup stays behind, for gc
		t.Error(err)
	}
	if e := execute(t, b, "true"); e.ExitCode != 0 {
		t.Errorf("the joined sandbox afterwards: %v", e)
	}
}

// A joined network is not the new program's to change, whatever it is granted.
func TestJoinedNetworkIsNotOurs(t *testing.T) {
	b := neighbour(t)
	admin := func(s *sandbox.Spec) {
		s.Capabilities, s.Seccomp.Policy = []spec.Capability{"NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE"}, "none"
	}
	both := func(s *sandbox.Spec) { joining(b, "net", "uts", "pid")(s); admin(s) }
	denied(t, both, "EPERM", "hostname", "mine")
	denied(t, both, "EPERM|EACCES", "ptrace", itoa(pidInside(t, b)))
	denied(t, both, "EPERM|EACCES", "setns", "/proc/1/ns/net")
	allowed(t, admin, "hostname", "mine")
}

// A joined time namespace has the same clocks; limits go by the host's.
func TestJoinedClocks(t *testing.T) {
	if !canShiftClocks(t) {
		return
	}
	b := neighbour(t, func(s *sandbox.Spec) { s.Clock.Boottime, s.Clock.Monotonic = spec.Seconds(1e6), spec.Seconds(5e5) })
	near := func(what string, got, want int64) {
		t.Helper()
		if got < want || got > want+100 {
			t.Errorf("%s is %d s, want %d", what, got, want)
		}
	}
	plain := inspect(t)
	r := inspect(t, joining(b, "time"))
	near("the boot clock", r.Boottime, plain.Boottime+1e6)
	near("the monotonic clock", r.Monotonic, plain.Monotonic+5e5)
	e := run(t, joining(b, "time"), attack("sleep"), func(s *sandbox.Spec) { s.Limits.Wall = spec.Seconds(0.3) })
	hits(t, e, spec.LimitWall)
	if e.WallSeconds < 0.3 || e.WallSeconds > patient(1) {
		t.Errorf("wall time %v s", e.WallSeconds)
	}
	c := neighbour(t, joining(b, "time"))
	near("the clock of one more program", seen(t, c).Boottime, plain.Boottime+1e6)
}

// What cannot be joined is named, with its owner and what to do instead.
func TestJoinRefused(t *testing.T) {
	b := neighbour(t, func(s *sandbox.Spec) { s.Namespaces.Net = spec.NamespaceHost })
	gone := neighbour(t)
	if err := gone.Kill(); err != nil {
		t.Fatal(err)
	}
	end(t, gone)
	f, err := os.Open("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	type wrong struct{ kind, from, why, hint string }
	tests := []wrong{
		{"net", "/proc/self/ns/nothing", "no such file", "/proc/PID/ns/net"},
		{"net", "netns:no-such-name", "no such file", "ip netns list"},
		{"net", "fd:99", "bad file descriptor", "99</proc/PID/ns/net"},
		{"net", fmt.Sprintf("fd:%d", f.Fd()), "not a namespace", "/proc/PID/ns/net"},
		{"net", "/etc/passwd", "not a namespace", "/proc/PID/ns/net"},
		{"net", "/dev/null", "not a namespace", "/proc/PID/ns/net"},
		{"net", "/proc/self/ns/uts", "it is a uts namespace", "called net"},
		{"mnt", "/proc/self/ns/pid", "it is a pid namespace", "called mnt"},
		{"user", "/proc/self/ns/user", "the caller's own", "--share user"},
		{"net", "sandbox:" + b.Name(), "shares the host's", "--share net"},
		{"pid", "sandbox:" + gone.Name(), "none of that name is running", ""},
		{"pid", "sandbox:nobody-" + b.Name(), "none of that name is running", ""},
	}
	if !boxtest.Root() {
		tests = append(tests,
			wrong{"net", "/proc/1/ns/net", "permission denied", "a process of uid 0"},
			wrong{"net", "/proc/self/ns/net", "belongs to the host", "net=sandbox:NAME"},
			wrong{"net", fmt.Sprintf("/proc/%d/ns/net", b.PID()), "belongs to the host", "net=sandbox:NAME"},
			wrong{"ipc", fmt.Sprintf("/proc/%d/ns/ipc", b.PID()), "whoever is root", "ipc=sandbox:NAME"})
	}
	for _, w := range tests {
		e := run(t, shell("true"), func(s *sandbox.Spec) { *kinds[w.kind](&s.Namespaces), s.Mounts = spec.Namespace(w.from), nil })
		if e.Status != spec.SetupFailed || e.ExitCode != 125 {
			t.Errorf("%s=%s: %v", w.kind, w.from, e)
			continue
		}
		_, what, _ := strings.Cut(w.from, "sandbox:")
		if text := e.fault.Error(); !strings.Contains(text, w.why) || !strings.Contains(text, what) || !strings.Contains(e.Error.Hint, w.hint) || e.Error.Hint == "" {
			t.Errorf("%s=%s: %q, hint %q", w.kind, w.from, text, e.Error.Hint)
		}
	}
}

// Two sandboxes of an ordinary user have no user namespace in common to be built in.
func TestJoinsOfTwoSandboxes(t *testing.T) {
	b, c := neighbour(t), neighbour(t)
	e := run(t, joining(b, "net"), joining(c, "ipc"), attack("status"))
	if boxtest.Root() {
		r := parseReport(t, e.out)
		if r.Namespaces["net"] != seen(t, b).Namespaces["net"] || r.Namespaces["ipc"] != seen(t, c).Namespaces["ipc"] {
			t.Errorf("joined %v", r.Namespaces)
		}
		return
	}
	if e.Status != spec.SetupFailed || !strings.Contains(e.fault.Error(), "another sandbox") || !strings.Contains(e.Error.Hint, "one sandbox") {
		t.Errorf("got %v", e)
	}
}

// What would reach the others is refused: capabilities in a joined user namespace, and for an ordinary user sandboxes with ranges of ids.
func TestUnsoundJoins(t *testing.T) {
	b := neighbour(t)
	for what, c := range map[string]change{
		"capability": func(s *sandbox.Spec) { s.Capabilities = []spec.Capability{"SYS_PTRACE"} },
		"user 5:5":   as(5, 5),
	} {
		e := run(t, joining(b, "user"), c, shell("true"))
		if e.Status != spec.SetupFailed || !strings.Contains(e.fault.Error(), what) || e.Error.Hint == "" {
			t.Errorf("%s: %v", what, e)
		}
	}
}

func init() {
	roles["join a process of another user"] = func() int {
		err := syscall.Setresgid(12345, 12345, 12345)
		if err == nil {
			err = syscall.Setresuid(12345, 12345, 12345)
		}
		if err != nil {
			fmt.Println(err)
			return 1
		}
		os.Unsetenv("XDG_RUNTIME_DIR")
		_, err = sandbox.Run(context.Background(), specFromEnv(), sandbox.IO{})
		fmt.Println(err)
		return 0
	}
}

// An ordinary user is told whose namespace it is that they may not join.
func TestJoinOfAnotherUser(t *testing.T) {
	boxtest.RequireRoot(t, "to be two users")
	other := exec.Command("sleep", "100")
	other.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 23456, Gid: 23456}}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	for from, why := range map[string]string{
		fmt.Sprintf("/proc/%d/ns/net", other.Process.Pid): "permission denied",
		"sandbox:" + neighbour(t).Name():                  "none of that name is running",
	} {
		s := box(t, command("true"), func(s *sandbox.Spec) { s.Namespaces.Net, s.Mounts = spec.Namespace(from), nil })
		cmd, out := spawn(t, "join a process of another user", s)
		text := make([]byte, 1000)
		n, _ := out.Read(text)
		_ = cmd.Wait()
		if got := string(text[:n]); !strings.Contains(got, why) || !strings.Contains(got, strings.TrimPrefix(from, "sandbox:")) {
			t.Errorf("%s: %q", from, got)
		}
	}
}

// TestNobodySlipsInDuringJoin is as for exec, with a program inside that is root
// there and may trace, while other sandboxes are started, too.
func TestNobodySlipsInDuringJoin(t *testing.T) {
	sleeper, err := exec.LookPath("sleep")
	if err == nil {
		sleeper, err = filepath.EvalSymlinks(sleeper)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, with := range [][]string{{"pid"}, {"pid", "user"}} {
		b, out := begun(t, box(t, named(newName()), as(0, 0), attack("lurk"), func(s *sandbox.Spec) {
			s.Capabilities, s.Seccomp.Policy = []spec.Capability{"SYS_PTRACE", "SYS_ADMIN", "DAC_OVERRIDE"}, "none"
		}))
		saw := linesOf(out)
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			plain := box(t, command("true"))
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = sandbox.Run(context.Background(), plain, sandbox.IO{}) // for what it does to our memory
				}
			}
		}()
		deadline := time.Now().Add(2 * time.Second)
		for i := 0; i < 60 && time.Now().Before(deadline); i++ {
			if e := run(t, joining(b, with...), as(0, 0), command(sleeper, "0.005")); e.ExitCode != 0 || e.fault != nil {
				t.Fatalf("joined: %v", e)
			}
		}
		close(stop)
		<-stopped
		if err := b.Kill(); err != nil {
			t.Fatal(err)
		}
		if met := sawSetUp(t, <-saw, sleeper); met != (len(with) == 2) {
			t.Errorf("%v: it saw into another program: %v", with, met)
		}
	}
}

// subIDs are the first ids that the caller may map.
func subIDs(t *testing.T) []spec.IDMap {
	t.Helper()
	if boxtest.Root() {
		return []spec.IDMap{{Inside: 0, Outside: 100000, Count: 65536}}
	}
	boxtest.RequireProgram(t, "newuidmap")
	text, _ := os.ReadFile("/etc/subuid") // without one there are none
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		var start, count uint32
		if n, _ := fmt.Sscanf(rest, "%d:%d", &start, &count); n == 2 && (name == os.Getenv("USER") || name == itoa(os.Geteuid())) {
			return []spec.IDMap{{Inside: 0, Outside: start, Count: count}}
		}
	}
	t.Skip("/etc/subuid has no ids for this user")
	return nil
}

// A program in a sandbox with ranges of ids is, without root, in the user
// namespace that a new one would be built in, and could be root there: that is refused.
func TestJoinsASandboxWithRanges(t *testing.T) {
	maps := subIDs(t)
	ranges := func(s *sandbox.Spec) { s.User.UIDMap, s.User.GIDMap = maps, maps }
	b := neighbour(t, ranges)
	for _, kind := range []string{"net", "pid", "user"} {
		e := run(t, joining(b, kind), attack("status"))
		if !boxtest.Root() {
			if e.Status != spec.SetupFailed || !strings.Contains(e.fault.Error(), "ranges of ids") || !strings.Contains(e.Error.Hint, "join as root") {
				t.Errorf("%s: %v", kind, e)
			}
			continue
		}
		if r := parseReport(t, e.out); r.Namespaces[kind] != seen(t, b).Namespaces[kind] || r.Fields["Uid"] != "1000 1000 1000 1000" {
			t.Errorf("%s: %v, uid %s", kind, r.Namespaces, r.Fields["Uid"])
		}
	}
	e := run(t, joining(neighbour(t), "net"), ranges, command("true"))
	if boxtest.Root() != (e.Status == spec.Exited) {
		t.Errorf("with ranges of its own: %v", e)
	}
}

// A program that may nest cannot lead others into a user namespace of its own making.
func TestJoinsTheUserNamespaceThatWasMadeForIt(t *testing.T) {
	boxtest.RequireProgram(t, "unshare")
	b, out := begun(t, box(t, named(newName()), shell("echo begun; readlink /proc/self/ns/user; sleep 60 & exec unshare -U -r -n sh -c 'echo inside; exec sleep 60'"),
		func(s *sandbox.Spec) { s.Nest = true }))
	made, inside := "", ""
	if n, err := fmt.Fscanf(out, "%s\n%s\n", &made, &inside); n != 2 || inside != "inside" {
		t.Fatalf("the program says %q and %q: %v", made, inside, err)
	}
	for _, with := range [][]string{{"user"}, {"user", "net"}, {"user", "net", "pid"}} {
		if r := inspect(t, joining(b, with...)); r.Namespaces["user"] != made || r.Fields["CapEff"] != "0000000000000000" {
			t.Errorf("%v: in %s with capabilities %s, want %s", with, r.Namespaces["user"], r.Fields["CapEff"], made)
		}
	}
}

// A program that stops or kills whatever appears in its pid namespace holds nobody up who joins that.
func TestJoinBesideOneThatStopsIt(t *testing.T) {
	for _, signal := range []unix.Signal{unix.SIGSTOP, unix.SIGKILL} {
		b, _ := begun(t, box(t, named(newName()), attack("halt", itoa(int(signal))), limited(func(l *spec.Limits) { l.Wall = 0 })))
		met := false
		for deadline := time.Now().Add(boxtest.Patience(20 * time.Second)); !met && time.Now().Before(deadline); {
			began := time.Now()
			c, err := sandbox.Start(context.Background(), box(t, joining(b, "pid", "user"), command("sleep", "60")), sandbox.IO{})
			if took := time.Since(began); took > boxtest.Patience(15*time.Second) {
				t.Errorf("signal %d: it took %v", signal, took)
			}
			if met = err != nil; met {
				t.Logf("after %v: %v", time.Since(began), err)
				var e *sandbox.Error
				if stopped := strings.Contains(err.Error(), "stopped or killed"); !errors.As(err, &e) || stopped && !strings.Contains(e.Hint, "bulkhead kill "+b.Name()) {
					t.Errorf("got %#v", err)
				}
				continue
			}
			if err := c.Kill(); err != nil {
				t.Error(err)
			}
			_, _ = c.Wait()
		}
		if !met {
			t.Errorf("signal %d: the program inside was never fast enough", signal)
		}
		works(t, command("true")) // nothing of ours is held up
		if err := b.Kill(); err != nil {
			t.Error(err)
		}
	}
}
