package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/seccomp"
)

// TestSeccompSubjectsWork makes each call once under each filter.
func TestSeccompSubjectsWork(t *testing.T) {
	f, err := builtinFilters()
	if err != nil {
		t.Fatal(err)
	}
	_, err = onThread(f.programs[oneInsn], nil)()
	boxtest.Require(t, "seccomp", err == nil, fmt.Sprintf("a filter that allows everything: %v", err))
	for name, program := range f.programs {
		for _, c := range filteredCalls {
			if _, err := onThread(program, c.do)(); err != nil {
				t.Errorf("%s under %s: %v", c.name, name, err)
			}
		}
	}
	if !slices.Contains(f.names, seccomp.Strict) || slices.Contains(f.names, seccomp.None) || len(f.programs[oneInsn]) != 1 {
		t.Errorf("filters %q", f.names)
	}
}

func TestWithoutFilter(t *testing.T) {
	for row, want := range map[string]string{"read, no filter": "", "read, default": "read, no filter", "openat and close, default, host writable": "openat and close, no filter"} {
		if got := withoutFilter(row); got != want {
			t.Errorf("%s is compared with %q, want %q", row, got, want)
		}
	}
}
