package cgroup

import (
	"strings"
	"testing"
)

// A hint names no program that the host has no use for.
func TestRemedyFitsTheHost(t *testing.T) {
	for _, test := range []struct {
		at            surroundings
		want, wantNot string
	}{
		{surroundings{systemd: true, uid: 7}, "systemd-run --user --scope", "sudo"},
		{surroundings{systemd: true}, "systemd-run", "rest"},
		{surroundings{}, "mkdir /own/rest", "systemd"},
		{surroundings{v2: true}, "mkdir /own/rest", "systemd"},
		{surroundings{uid: 7}, "for c in memory pids", "systemd"},
		{surroundings{uid: 7, v2: true}, "bulkhead-7/cgroup.subtree_control", "systemd"},
	} {
		if got := test.at.remedy("/own"); !strings.Contains(got, test.want) || strings.Contains(got, test.wantNot) || strings.Contains(got, "%!") {
			t.Errorf("%+v: %s", test.at, got)
		}
	}
}

// Only a blank ends a field: other kinds of space may be in a directory's name.
func TestCgroupMountsWithOddBlanks(t *testing.T) {
	for _, odd := range []string{"\u00a0", "\u2003", "\u3000", "\u0085", "\v", "\r"} {
		got := cgroupMounts("31 22 0:27 /a" + odd + "b /mnt/c" + odd + "d rw - cgroup cgroup rw,memory\n")
		if want := (mountLine{root: "/a" + odd + "b", mount: "/mnt/c" + odd + "d", controllers: Memory}); len(got) != 1 || got[0] != want {
			t.Errorf("%q: %+v", odd, got)
		}
	}
}
