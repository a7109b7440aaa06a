// Command sweep makes every system call with odd arguments inside sandboxes, and
// holds what happens to what the policy says:
//
//	go run ./test/sweep [PROFILE ...]
//
// It goes from number 0 to beyond the newest known one, also by the entries of
// x32 and of 32-bit programs. Each call is made in a process of its own. Unknown
// numbers have to be unknown, what the policy refuses has to be refused with its
// error, the sandbox has to live on, and the host has to stay as it is. As the
// control, refused calls that can do no harm are made without a filter, too: many have
// to reach the kernel then. Without arguments all profiles are swept.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/bulkhead/bulkhead/spec"
)

func main() {
	profiles := os.Args[1:]
	if len(profiles) == 0 {
		profiles = spec.Profiles()
	}
	if err := run(profiles); err != nil {
		fmt.Fprintln(os.Stderr, "sweep:", err)
		os.Exit(1)
	}
}

func run(profiles []string) error {
	dir, err := os.MkdirTemp("", "sweep-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program, err := build(dir)
	if err != nil {
		return err
	}
	if err := emptyPlace(dir); err != nil {
		return err
	}
	bad := 0
	for _, profile := range profiles {
		begin := time.Now()
		r, err := sweepProfile(program, profile)
		if err != nil {
			return err
		}
		r.print(time.Since(begin))
		bad += len(r.faults)
	}
	if bad > 0 {
		return fmt.Errorf("%d faults", bad)
	}
	return nil
}

// build makes the hostile program, where root's sandboxes can read it, unless BULKHEAD_HOSTILE has one.
func build(dir string) (string, error) {
	if ready := os.Getenv("BULKHEAD_HOSTILE"); ready != "" {
		return ready, nil
	}
	program := filepath.Join(dir, "hostile")
	cmd := exec.Command("go", "build", "-trimpath", "-o", program, "github.com/bulkhead/bulkhead/test/hostile")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the hostile program: %w: %s", err, text)
	}
	return program, os.Chmod(dir, 0o755)
}

// emptyPlace goes to a directory of its own: profile agent lets its program write where it is started.
func emptyPlace(dir string) error {
	place := filepath.Join(dir, "place")
	if err := os.Mkdir(place, 0o755); err != nil {
		return err
	}
	return os.Chdir(place)
}

// print writes what was found, one line and one for each fault.
func (r *report) print(took time.Duration) {
	fmt.Printf("%-8s %d calls in %.1f s:", r.profile, r.calls, took.Seconds())
	for _, class := range []string{"ENOSYS", "EPERM", "other error", "success", "killed", "blocked"} {
		fmt.Printf(" %s %d,", class, r.counts[class])
	}
	fmt.Printf(" %d names refused, %d of them reached without the filter, %d faults\n", len(r.refused), len(r.reached), len(r.faults))
	for _, f := range r.faults {
		fmt.Println("  ", f)
	}
}
