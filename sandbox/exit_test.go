package sandbox_test

import (
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

func TestExitCodes(t *testing.T) {
	for _, code := range []string{"0", "1", "23", "125", "126", "127", "128", "137", "255"} {
		e := run(t, attack("exit", code))
		if e.fault != nil || e.Status != spec.Exited || code != itoa(e.ExitCode) || e.Signal != "" || e.Error != nil {
			t.Errorf("exit %s: %v", code, e)
		}
	}
}
