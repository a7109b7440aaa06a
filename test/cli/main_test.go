// Package cli runs the real binary the way people do: each script in testdata
// is a page about one topic that can be read, and is checked at each run.
package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

// recordsApart, in the environment, says that this process has a /run/bulkhead of its own.
const recordsApart = "BULKHEAD_TEST_RECORDS_APART"

func TestMain(m *testing.M) {
	if os.Geteuid() == 0 && os.Getenv(recordsApart) == "" {
		os.Exit(apart())
	}
	os.Exit(prepared(m))
}

// apart runs the tests once more in a mount namespace: root's sandboxes are
// recorded in one place, and scripts that list and collect them must not see those of others.
func apart() int {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), recordsApart+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, "start in a mount namespace:", err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// prepared runs the tests with the binary in PATH.
func prepared(m *testing.M) int {
	var dir string
	code := boxtest.Main(m, func() {
		var err error
		if dir, err = prepare(); err != nil {
			fmt.Fprintln(os.Stderr, "prepare the tests:", err)
			os.Exit(1)
		}
	})
	os.RemoveAll(dir)
	return code
}

func prepare() (string, error) {
	if os.Getenv(recordsApart) != "" {
		if err := coverRecords(); err != nil {
			return "", fmt.Errorf("cover /run/bulkhead: %w", err)
		}
	}
	dir, err := boxtest.PublicDir()
	if err != nil {
		return "", err
	}
	if err := build(dir); err != nil {
		return "", fmt.Errorf("build bulkhead: %w", err)
	}
	return dir, os.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

func coverRecords() error {
	if err := os.MkdirAll("/run/bulkhead", 0o700); err != nil {
		return err
	}
	return syscall.Mount("none", "/run/bulkhead", "tmpfs", 0, "mode=700,size=256m")
}

// build puts the binary into dir, ready-made if BULKHEAD_BIN has one.
func build(dir string) error {
	program := filepath.Join(dir, "bulkhead")
	if ready := os.Getenv("BULKHEAD_BIN"); ready != "" {
		return os.Symlink(filepath.Join(ready, "bulkhead"), program)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "github.com/bulkhead/bulkhead/cmd/bulkhead")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	return nil
}
