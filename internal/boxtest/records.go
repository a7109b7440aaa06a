package boxtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// recordDir is where sandbox.Dir keeps its records. This package may not import sandbox, whose tests use it.
func recordDir() string {
	if os.Geteuid() == 0 {
		return "/run/bulkhead"
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, "bulkhead")
	}
	return filepath.Join(os.TempDir(), "bulkhead-"+strconv.Itoa(os.Geteuid()), "bulkhead")
}

// records are the entries of our launchers' sandboxes.
func records() []string {
	var found []string
	for _, name := range names(recordDir()) {
		text, err := os.ReadFile(filepath.Join(recordDir(), name, "sandbox.json"))
		var r struct {
			Launcher int `json:"launcher"`
		}
		mine := err == nil && json.Unmarshal(text, &r) == nil && ours(r.Launcher)
		if mine || strings.HasPrefix(name, NamePrefix()) {
			found = append(found, name)
		}
	}
	return found
}

// NamePrefix begins the name of every sandbox that a test names, so that an entry without a record can be told to be ours.
func NamePrefix() string { return "test-" + strconv.Itoa(os.Getpid()) + "-" }
