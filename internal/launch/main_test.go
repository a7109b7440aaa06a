package launch

import (
	"os"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

// roleVar, in the environment, makes the test binary something else than a
// test: a process 1, or a launcher under some restriction.
const roleVar = "BULKHEAD_TEST_ROLE"

// roles by name; each returns the exit code.
var roles = map[string]func() int{}

func TestMain(m *testing.M) {
	if role := roles[os.Getenv(roleVar)]; role != nil {
		os.Exit(role())
	}
	if os.Getenv(roleVar) == "emulated" {
		os.Exit(m.Run()) // leaves nothing behind, and could not adopt it
	}
	os.Exit(boxtest.Main(m, func() {
		// What a process makes once and keeps.
		_, _ = life()
		_, _ = initFD()
		_, _ = guardFD()
		_, _ = selfFD()
	}))
}
