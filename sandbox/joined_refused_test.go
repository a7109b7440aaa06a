package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

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
		records, err := os.MkdirTemp("", "") // this user's own, or one would stay behind
		if err != nil {
			fmt.Println(err)
			return 1
		}
		defer os.RemoveAll(records)
		os.Setenv("XDG_RUNTIME_DIR", records)
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
