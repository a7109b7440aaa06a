package seccomp

import (
	"os"
	"strings"
	"testing"
)

// TestDocumentedPolicy reads the page's example and looks for every built-in name.
func TestDocumentedPolicy(t *testing.T) {
	page, err := os.ReadFile("../../docs/seccomp.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```policy\n")
	example, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("docs/seccomp.md has no example")
	}
	p := parse(t, example)
	for _, a := range Arches() {
		if len(compile(t, p, a)) == 0 {
			t.Error("the example compiles to nothing")
		}
	}
	for _, name := range append(Names(), Parts()...) {
		if name != partRefused && !strings.Contains(string(page), "| `"+name+"` |") {
			t.Errorf("docs/seccomp.md does not list %s", name)
		}
	}
}
