package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// roleVar, in the environment, makes the test binary something else than a
// test: a launcher to be killed, or one that runs inside a sandbox.
const roleVar = "BULKHEAD_TEST_ROLE"

// roles by name; each returns the exit code.
var roles = map[string]func() int{}

func TestMain(m *testing.M) {
	if role := roles[os.Getenv(roleVar)]; role != nil {
		os.Exit(role())
	}
	os.Exit(boxtest.Main(m, func() {
		boxtest.Build()
		s := sandbox.Spec{Command: []string{"true"}, AllowDrop: []spec.Protection{spec.ProtectionCgroup}}
		for _, s.AsPID1 = range []bool{false, true} { // with init, and with a guardian: what is made once stays
			_, _ = sandbox.Run(context.Background(), &s, sandbox.IO{}) // where it cannot work, the tests say why
		}
		s.AsPID1 = false
		if p, err := sandbox.NewPool(context.Background(), &s, sandbox.PoolOptions{Size: 1}); err == nil {
			p.Close()
		}
	}))
}

// specVar hands a Spec to a role.
const specVar = "BULKHEAD_TEST_SPEC"

// specFromEnv is the Spec that a role was given.
func specFromEnv() *sandbox.Spec {
	var s sandbox.Spec
	if err := json.Unmarshal([]byte(os.Getenv(specVar)), &s); err != nil {
		fmt.Fprintln(os.Stderr, specVar, err)
		os.Exit(2)
	}
	return &s
}
