package main

import (
	"slices"
	"testing"

	"github.com/bulkhead/bulkhead/sandbox"
)

// A sandbox that nothing counts has a row all the same, and no figures that are made up.
func TestReadingWithoutCgroup(t *testing.T) {
	r := reading{Name: "web", Stats: sandbox.Stats{WallSeconds: 61}, unknown: true}
	if want := []string{"web", "-", "-", "-", "-", "-", "-", "-", "1m"}; !slices.Equal(r.row(), want) {
		t.Errorf("got %q, want %q", r.row(), want)
	}
	text, err := jsonLine(r.counted())
	if want := `{"name":"web","wall_seconds":61}` + "\n"; err != nil || string(text) != want {
		t.Errorf("got %s, %v; want %s", text, err, want)
	}
}
