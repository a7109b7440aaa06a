package boxtest

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/host"
)

// Must reports whether BULKHEAD_MUST, a comma list, demands a feature. Its names are in docs/testing.md.
func Must(feature string) bool {
	for name := range strings.SplitSeq(os.Getenv("BULKHEAD_MUST"), ",") {
		if strings.TrimSpace(name) == feature {
			return true
		}
	}
	return false
}

// Require skips the test when the machine lacks a feature, or fails it when BULKHEAD_MUST demands that.
func Require(t testing.TB, feature string, have bool, why string) {
	t.Helper()
	switch {
	case have:
	case Must(feature):
		t.Fatalf("%s is missing (%s), and BULKHEAD_MUST demands it", feature, why)
	default:
		t.Skipf("needs %s: %s", feature, why)
	}
}

// Root reports whether the caller has the real root's power.
func Root() bool { return host.Facts().Root }

// SharedClocks reports whether the kernel can shift the clocks of a sandbox: Linux 6.3 and newer.
func SharedClocks() bool { return host.Facts().SharedClocks }

// TmpfsAttributes reports whether tmpfs has user attributes, found by setting one.
//
// FACT — since 6.6 (2daf18a7884d) — an unprivileged overlay keeps its marks in them (userxattr), of removed
// directories also — below that version a layer in memory gives EIO for those.
func TmpfsAttributes() bool {
	fd, err := unix.MemfdCreate("attributes", unix.MFD_CLOEXEC)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Fsetxattr(fd, "user.bulkhead", []byte("x"), 0) == nil
}

// Patience is how long something may take here that takes at most d on a real
// machine. An emulated processor stands still while the host's is busy.
func Patience(d time.Duration) time.Duration {
	if os.Getenv("BULKHEAD_VM") != "" {
		return 20 * d
	}
	return d
}

// RequireRoot is for tests of what only root's sandboxes do; why says what that is.
func RequireRoot(t testing.TB, why string) {
	t.Helper()
	Require(t, "root", Root(), why)
}

// RequireUser is for tests of what only an unprivileged caller's sandboxes do.
func RequireUser(t testing.TB, why string) {
	t.Helper()
	if Root() {
		t.Skip("needs a caller without root's power: " + why)
	}
}

// RequireUserns is for every test that starts a sandbox.
func RequireUserns(t testing.TB) {
	t.Helper()
	err := usernsError()
	Require(t, "userns", err == nil, "no user namespace can be made here: "+reason(err))
}

// usernsError is why no user namespace can be made, found by making one.
var usernsError = sync.OnceValue(func() error {
	cmd := exec.Command("/proc/self/exe", "-test.list=^$")
	cmd.Env = append(os.Environ(), bystander+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	return cmd.Run()
})

// Controllers are those of package cgroup.
const (
	Memory  = cgroup.Memory
	Pids    = cgroup.Pids
	CPU     = cgroup.CPU
	Cpuset  = cgroup.Cpuset
	IO      = cgroup.IO
	Freezer = cgroup.Freezer
)

// featureOf is the name in BULKHEAD_MUST of what a controller belongs to.
func featureOf(c cgroup.Controllers) string {
	switch {
	case c.Has(cgroup.CPU):
		return "cgroup-cpu"
	case c.Has(cgroup.Cpuset):
		return "cgroup-cpuset"
	case c.Has(cgroup.IO):
		return "cgroup-io"
	}
	return "cgroup"
}

// RequireCgroup is for tests of limits that need cgroup controllers.
func RequireCgroup(t testing.TB, c cgroup.Controllers) {
	t.Helper()
	l := Layout()
	Require(t, featureOf(c), l.Can().Has(c), "no group with the controllers "+c.String()+" can be made here: "+l.Why)
}

// Layout is where this process may make groups.
var Layout = sync.OnceValue(cgroup.Probe)

// RequireSource is for tests that hold the sources to something: a machine of
// test/vm has only the compiled test. The package has to be two directories deep.
func RequireSource(t testing.TB) {
	t.Helper()
	_, err := os.Stat("../../go.mod")
	Require(t, "source", err == nil, "the source is not here")
}

// RequireProgram is for tests that run programs of the host.
func RequireProgram(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		_, err := exec.LookPath(name)
		Require(t, name, err == nil, "no program "+name+" in PATH")
	}
}

func reason(err error) string {
	if err == nil {
		return "none"
	}
	return err.Error()
}
