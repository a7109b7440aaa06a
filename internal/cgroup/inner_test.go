package cgroup

import (
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

// everyV1 is a layout with all hierarchies, two of them in one.
func everyV1() Layout {
	return Layout{V1: V1{Memory: "/m", Pids: "/p", CPU: "/c", CPUAcct: "/c", Cpuset: "/s", IO: "/b", Freezer: "/f"}, Mems: "0", CPUs: "0-3", Swap: SwapNone}
}

// Processes are one level below the limits, in every hierarchy, whether it limits anything or not.
func TestInnerLevel(t *testing.T) {
	l := everyV1()
	l.Inner = true
	s, err := l.Setup("g", spec.Limits{CPUs: 1}, 1)
	if err != nil || len(s.Unmet) > 0 {
		t.Fatalf("%+v, %v", s.Unmet, err)
	}
	for _, top := range []string{"/m", "/p", "/c", "/s", "/b", "/f"} {
		outer, inner := slices.Index(s.Dirs, top+"/g"), slices.Index(s.Dirs, top+"/g/inside")
		if outer < 0 || inner <= outer || !slices.Contains(s.Procs, top+"/g/inside/cgroup.procs") || slices.Contains(s.Procs, top+"/g/cgroup.procs") {
			t.Errorf("%s: directories %v, entered by %v", top, s.Dirs, s.Procs)
		}
	}
	for _, w := range s.Writes {
		if strings.Contains(w.Path, "/inside/") && !strings.Contains(w.Path, "/cpuset.") {
			t.Errorf("a limit within reach: %+v", w)
		}
	}
}

// Both cpuset groups have processors before anybody enters, the upper one first.
func TestInnerCpuset(t *testing.T) {
	l := everyV1()
	l.Inner = true
	for limit, want := range map[string]string{"": "0-3", "1": "1"} {
		s, err := l.Setup("g", spec.Limits{Cpuset: limit}, 1)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range s.Writes {
			if strings.HasPrefix(w.Path, "/s/") {
				got = append(got, strings.TrimPrefix(w.Path, "/s/g/")+"="+w.Value)
			}
		}
		if all := []string{"cpuset.mems=0", "cpuset.cpus=" + want, "inside/cpuset.mems=0", "inside/cpuset.cpus=" + want}; !slices.Equal(got, all) {
			t.Errorf("limit %q: %v, want %v", limit, got, all)
		}
	}
}

// What would have to be within reach is not limited at all, and that is said.
func TestInnerRefusesDiskLimits(t *testing.T) {
	l, lim := everyV1(), spec.Limits{IO: []spec.IOLimit{{Device: "8:0", ReadBPS: 1}}}
	if s, err := l.Setup("g", lim, 1); err != nil || len(s.Unmet) > 0 {
		t.Errorf("%+v, %v", s.Unmet, err)
	}
	l.Inner = true
	s, err := l.Setup("g", lim, 1)
	if err != nil || len(s.Unmet) != 1 || s.Unmet[0].Limit != "io" || s.Unmet[0].Hint == "" {
		t.Errorf("%+v, %v", s.Unmet, err)
	}
	for _, w := range s.Writes {
		if strings.Contains(w.Path, "throttle") {
			t.Errorf("and yet it is written: %+v", w)
		}
	}
}
