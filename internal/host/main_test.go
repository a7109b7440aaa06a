package host

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// roleVar, in the environment, makes the test binary answer a question from another place instead of testing.
const roleVar = "BULKHEAD_TEST_ROLE"

var roles = map[string]func() any{
	"power":  func() any { return Facts().Root },
	"weak":   func() any { dropAdmin(); return Facts().Root },
	"limits": func() any { return HardLimits() },
	"ignored": func() any {
		signal.Ignore(syscall.SIGUSR2)
		return Ignored()
	},
}

func TestMain(m *testing.M) {
	role, ok := roles[os.Getenv(roleVar)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := json.NewEncoder(os.Stdout).Encode(role()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// dropAdmin gives up CAP_SYS_ADMIN, as a root in a container has.
func dropAdmin() {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		panic(err)
	}
	sets[0].Effective &^= 1 << unix.CAP_SYS_ADMIN
	if err := unix.Capset(&header, &sets[0]); err != nil {
		panic(err)
	}
}

// ask starts the test binary in a role, after the words of a command, and reads its answer.
func ask(t *testing.T, role string, answer any, command ...string) {
	t.Helper()
	command = append(command, self(t))
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", strings.Join(command, " "), err)
	}
	if err := json.Unmarshal(out, answer); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
}

func self(t *testing.T) string {
	t.Helper()
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// require skips the test when a feature is missing, or fails it when BULKHEAD_MUST lists the feature.
func require(t *testing.T, feature string, have bool, reason string) {
	t.Helper()
	if have {
		return
	}
	for must := range strings.SplitSeq(os.Getenv("BULKHEAD_MUST"), ",") {
		if must == feature {
			t.Fatalf("%s is missing (%s), and BULKHEAD_MUST demands it", feature, reason)
		}
	}
	t.Skipf("needs %s: %s", feature, reason)
}

// requireUserns needs the right to make user namespaces, found out with another program's help.
func requireUserns(t *testing.T) {
	t.Helper()
	out, err := exec.Command("unshare", "--user", "--map-root-user", "true").CombinedOutput()
	require(t, "userns", err == nil, strings.TrimSpace(string(out)))
}

func requireRoot(t *testing.T) {
	t.Helper()
	require(t, "root", os.Geteuid() == 0, "only root can do this")
}
