package main

import (
	"strings"
	"testing"
)

// Root is not sent to root.
func TestStrangerHint(t *testing.T) {
	for uid, want := range map[int]string{0: "SYS_PTRACE", 1000: "ask root"} {
		if hint := strangerHint(uid); !strings.Contains(hint, want) {
			t.Errorf("uid %d: %q does not say %q", uid, hint, want)
		}
	}
}
