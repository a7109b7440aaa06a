package sandbox_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/sandbox"
)

// A launcher that died before it could write a record leaves a directory that
// nobody has locked: the name is free at once. While it lives, it is taken.
func TestNameOfDeadLauncher(t *testing.T) {
	base, err := sandbox.Dir()
	if err != nil {
		t.Fatal(err)
	}
	name := newName()
	claimed := filepath.Join(base, name)
	if err := os.Mkdir(claimed, 0o700); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Open(claimed)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	var taken *sandbox.Error
	if e := run(t, named(name), command("true")); !errors.As(e.fault, &taken) || taken.Kind != sandbox.Mistake {
		t.Errorf("while its launcher lives: %v", e)
	}
	if c, err := sandbox.Collect(true); err != nil || slices.Contains(c.Records, name) {
		t.Errorf("gc would take it while its launcher lives: %v, %v", c, err)
	}
	lock.Close()
	if c, err := sandbox.Collect(true); err != nil || !slices.Contains(c.Records, name) {
		t.Errorf("gc would leave it when its launcher is dead: %v, %v", c, err)
	}
	before := time.Now()
	works(t, named(name), command("true"))
	if took := time.Since(before); took > 5*time.Second {
		t.Errorf("the name was free after %v", took)
	}
	if _, err := os.Stat(claimed); err == nil {
		t.Error("its directory is left")
	}
}
