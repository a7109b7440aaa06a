package boxtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Hostile is the path of the program in test/hostile, built once, readable for
// everybody. BULKHEAD_HOSTILE names one that is built already, for machines without Go.
func Hostile(t testing.TB) string {
	t.Helper()
	program, err := hostile()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// Build builds the hostile program ahead of the tests, so that none of them takes it for something left behind.
func Build() { _, _ = hostile() } // the test that needs it says why it could not be built

var hostile = sync.OnceValues(func() (string, error) {
	if ready := os.Getenv("BULKHEAD_HOSTILE"); ready != "" {
		return ready, nil
	}
	dir, err := PublicDir()
	if err != nil {
		return "", err
	}
	atEnd = append(atEnd, func() { os.RemoveAll(dir) })
	program := filepath.Join(dir, "hostile")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "github.com/bulkhead/bulkhead/test/hostile")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the hostile program: %w: %s", err, text)
	}
	return program, nil
})

// atEnd is what Main does when all tests have run.
var atEnd []func()

// PublicDir makes a temporary directory that everybody may enter: root's
// sandboxes run as nobody in particular. The caller removes it.
func PublicDir() (string, error) {
	dir, err := os.MkdirTemp("", TempPrefix())
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// TempDir is a PublicDir that goes with the test.
func TempDir(t testing.TB) string {
	t.Helper()
	dir, err := PublicDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
