package arch

import (
	"strings"
	"testing"
)

// A dependency is a decision: the page that records them names every module of go.mod.
func TestDependenciesAreRecorded(t *testing.T) {
	page := read(t, "docs/dependencies.md")
	found := 0
	for line := range strings.Lines(read(t, "go.mod")) {
		fields := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(fields) < 2 || !strings.HasPrefix(fields[1], "v") {
			continue
		}
		found++
		if !strings.Contains(page, fields[0]) {
			t.Errorf("docs/dependencies.md says nothing of %s", fields[0])
		}
	}
	if found == 0 {
		t.Error("go.mod names no module, so nothing was checked")
	}
}

// The binary must be static and build for another architecture without its tool chain.
func TestNoCgo(t *testing.T) {
	for _, name := range sources(t, ".go") {
		if _, file := parse(t, name); imports(file, "C") {
			t.Errorf("%s uses cgo", name)
		}
	}
}
