package sandbox_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// TestJoinsTheNetworkOfANeighbour lets one sandbox reach a server in another, by the network that they share.
func TestJoinsTheNetworkOfANeighbour(t *testing.T) {
	first, _ := begun(t, box(t, attack("sleep"), func(s *sandbox.Spec) { s.Name = "neighbour-one" }))
	defer first.Kill()
	theirs, err := os.Readlink("/proc/" + strconv.Itoa(first.PID()) + "/ns/net")
	if err != nil {
		t.Skip("cannot look at the neighbour's namespaces:", err)
	}
	s := box(t, shell("readlink /proc/self/ns/net"), func(s *sandbox.Spec) { s.Namespaces.Net = spec.Namespace("sandbox:neighbour-one") })
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	_, err = sandbox.Run(context.Background(), s, sandbox.IO{Stdout: out})
	if os.Geteuid() != 0 {
		if err == nil || !strings.Contains(err.Error(), "join net namespace") {
			t.Errorf("an ordinary user joined: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(out.Name())
	if got := strings.TrimSpace(string(text)); got != theirs {
		t.Errorf("joined %s, want %s", got, theirs)
	}
}

// TestJoinsNobody tells which sandboxes there are.
func TestJoinsNobody(t *testing.T) {
	s := box(t, shell("true"), func(s *sandbox.Spec) { s.Namespaces.Net = "sandbox:nobody" })
	if _, err := sandbox.Run(context.Background(), s, sandbox.IO{}); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("got %v", err)
	}
}
