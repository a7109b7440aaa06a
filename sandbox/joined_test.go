package sandbox_test

import (
	"fmt"
	"strings"
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

// lacksTime tells whether a program that joins a pid namespace gets no time namespace of its own: without root, before Linux 6.3.
func lacksTime() bool { return !boxtest.Root() && !boxtest.SharedClocks() }

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
			if ours := r.Namespaces[other] == ownNamespace(t, other); ours != (other == "time" && kind == "pid" && lacksTime()) {
				t.Errorf("joined %s: %s is ours: %v", kind, other, ours)
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
	if !over(fd, 10*time.Second) {
		t.Error("it outlives its launcher")
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
