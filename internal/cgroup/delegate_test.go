package cgroup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/spec"
)

func TestDelegateAsksNobodyWhereThereIsAPlace(t *testing.T) {
	l := Probe()
	require(t, "cgroup", l.Can().Has(Memory|Pids), l.Why)
	got, err := Delegate(t.Context())
	if err != nil || got != l {
		t.Errorf("got %+v (%v), want what Probe finds: %+v", got, err, l)
	}
}

func TestNoManagerIsExplained(t *testing.T) {
	dir := t.TempDir()
	err := startScope(t.Context(), []manager{{dir + "/private", false}, {dir + "/bus", true}}, "x.scope", true)
	e, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), dir+"/private") || !strings.Contains(e.Hint, "loginctl enable-linger") {
		t.Errorf("error %v does not name the socket, the cause and a remedy", err)
	}
}

func TestASilentManagerIsNotWaitedForForEver(t *testing.T) {
	socket := listen(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := dialBus(ctx, socket); err == nil {
		t.Error("a silent socket was taken for a manager")
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

// listens tells whether a socket takes connections: its file is there a moment earlier.
func listens(socket string) bool {
	c, err := net.Dial("unix", socket)
	if err == nil {
		c.Close()
	}
	return err == nil
}

// A manager that sends drop by drop, or talks of other things, gets no more time than a silent one.
func TestATalkativeManagerIsNotWaitedForForEver(t *testing.T) {
	signal := encodeCall(target{path: "/", iface: "a.b", method: "Ping"}, 9, "", nil)
	for name, talk := range map[string]struct{ first, again []byte }{
		"drops":          {nil, []byte("x")},
		"other messages": {[]byte("OK 0123\r\n"), signal},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			begin := time.Now()
			err := startScope(ctx, []manager{{talker(t, talk.first, talk.again), false}}, "x.scope", true)
			if err == nil || !strings.Contains(err.Error(), "no answer in time") {
				t.Errorf("got %v", err)
			}
			if took := time.Since(begin); took > time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestTheBusUnderstands speaks to the reference implementation, which drops
// every connection that sends it a malformed message: it must take Hello, and
// answer the request with the one error that is right on a bus without systemd.
func TestTheBusUnderstands(t *testing.T) {
	daemon, err := exec.LookPath("dbus-daemon")
	require(t, "dbus", err == nil, "dbus-daemon is not installed")
	socket := filepath.Join(t.TempDir(), "bus")
	cmd := exec.Command(daemon, "--session", "--nofork", "--nopidfile", "--address=unix:path="+socket)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for begin := time.Now(); !listens(socket); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatal("dbus-daemon did not open " + socket)
		}
	}
	err = startScope(t.Context(), []manager{{socket, true}}, "x.scope", true)
	if err == nil || !strings.Contains(err.Error(), "org.freedesktop.DBus.Error.ServiceUnknown") &&
		!strings.Contains(err.Error(), "org.freedesktop.DBus.Error.Spawn") {
		t.Errorf("got %v, want the bus's own error that there is no systemd", err)
	}
}

// scopeJob moves into a scope and prints the layout there.
func scopeJob(delegate bool) {
	scope := fmt.Sprintf("bulkhead-test-%d.scope", os.Getpid())
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err := startScope(ctx, managers(), scope, delegate)
	if err == nil {
		err = arrived(ctx, scope)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(Probe())
}

func TestSystemdGivesAScope(t *testing.T) {
	socket := managers()[0].socket
	require(t, "systemd", os.Getuid() != 0 && exists(socket), "no user manager of systemd listens at "+socket)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), jobVar+"=delegate")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var l Layout
	if err := json.Unmarshal(out, &l); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(l.Top, "/bulkhead-test-") || l.Leaf == "" || !l.Can().Has(Memory|Pids) {
		t.Errorf("in the scope groups go to %+v, want below the scope, with memory and pids", l)
	}
}

// The user manager believes that it alone writes to its part of the tree, and
// when it starts a unit it switches off what no unit of its own needs. The
// test runs in a unit of its own, with a neighbour, as a terminal's shell does.
func TestTheServiceManagerCannotSwitchLimitsOff(t *testing.T) {
	socket := managers()[0].socket
	require(t, "systemd", os.Getuid() != 0 && exists(socket), "no user manager of systemd listens at "+socket)
	const inScope = "BULKHEAD_TEST_IN_SCOPE"
	if os.Getenv(inScope) == "" {
		cmd := exec.Command("/proc/self/exe", "-test.v", "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), inScope+"=yes")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	enterScope(t)
	start(t, Setup{}, "sleep").line(t)
	lim := spec.Limits{CPUs: 0.5, CPUWeight: 10}
	l := ProbeFor(Needs(lim))
	if !strings.HasSuffix(l.Top, "/app.slice") {
		t.Fatalf("groups go to %+v, want below app.slice", l)
	}

	unprotected := filepath.Join(l.Top, "unprotected")
	if err := os.Mkdir(unprotected, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(unprotected) })
	if err := write(l.Top+"/cgroup.subtree_control", "+cpu"); err != nil || !exists(unprotected+"/cpu.max") {
		t.Fatalf("the cpu controller could not be switched on: %v", err)
	}
	otherUnits(t)
	if exists(unprotected + "/cpu.max") {
		t.Error("control: the manager switched nothing off, so this test proves nothing")
	}

	_, s := newGroup(t, ProbeFor(Needs(lim)), lim)
	otherUnits(t)
	for _, w := range s.Writes {
		if _, err := read(w.Path); err != nil {
			t.Errorf("%s: no longer: %v", w.What, err)
		}
	}
}

// enterScope moves the test into a unit of its own.
func enterScope(t *testing.T) {
	t.Helper()
	scope := fmt.Sprintf("bulkhead-test-%d.scope", os.Getpid())
	if err := startScope(t.Context(), managers(), scope, false); err != nil {
		t.Fatal(err)
	}
	if err := arrived(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
}

// otherUnits lets units come and go: one that gets all controllers, then one
// that needs none of them any more.
func otherUnits(t *testing.T) {
	t.Helper()
	for _, job := range []string{"delegate", "scope"} {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), jobVar+"="+job)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
}

func TestCallsAndAnswersOfBothByteOrders(t *testing.T) {
	// METHOD_RETURN to serial 7, and an ERROR to serial 258 in big-endian, both made by hand from the specification.
	answer := []byte("l\x02\x01\x01\x00\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00" + "\x05\x01u\x00\x07\x00\x00\x00")
	m, err := readMessage(bytes.NewReader(answer))
	if err != nil || m.replyTo != 7 || m.err() != nil {
		t.Errorf("the answer reads %+v (%v)", m, err)
	}
	fail := []byte("B\x03\x01\x01\x00\x00\x00\x07\x00\x00\x00\x02\x00\x00\x00\x1f" +
		"\x05\x01u\x00\x00\x00\x01\x02" + "\x04\x01s\x00\x00\x00\x00\x03a.b\x00" + "\x00\x00\x00\x00" + "\x08\x01g\x00\x01s\x00" + "\x00" +
		"\x00\x00\x00\x02no\x00")
	m, err = readMessage(bytes.NewReader(fail))
	if err != nil || m.replyTo != 258 || m.err() == nil || m.err().Error() != "no (a.b)" {
		t.Errorf("the error reads %+v (%v)", m, err)
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add(encodeCall(target{"a.b", "/c", "d.e", "F"}, 1, "s", []byte("\x01\x00\x00\x00x\x00")))
	f.Add([]byte("B\x03\x01\x01\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := readMessage(bytes.NewReader(data))
		if err == nil && len(m.text)+len(m.errorName) > len(data) {
			t.Errorf("%d bytes became texts of %d", len(data), len(m.text)+len(m.errorName))
		}
	})
}

func FuzzMounts(f *testing.F) {
	f.Add(containerMounts, "0::/docker/abc\n5:memory:/docker/abc/x\n")
	f.Fuzz(func(t *testing.T, mounts, own string) {
		for _, line := range cgroupMounts(mounts) {
			for _, m := range memberships(own) {
				if found := line.holds(m); found.own != "" && !strings.HasPrefix(found.own+"/", strings.TrimSuffix(filepath.Clean(found.mount), "/")+"/") {
					t.Errorf("%+v holds %+v at %q, outside of %q", line, m, found.own, found.mount)
				}
			}
		}
	})
}
