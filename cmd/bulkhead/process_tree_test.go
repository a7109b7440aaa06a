package main

import (
	"os"
	"slices"
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

func TestTreeShowsNumbersOnEachLevel(t *testing.T) {
	all := []process{
		{PID: 1, Numbers: []int{1}, Command: "init", space: "outer"},
		{PID: 10, Parent: 1, Numbers: []int{10, 1}, Command: "bulkhead-init", space: "inner"},
		{PID: 11, Parent: 10, Numbers: []int{11, 2}, Command: "sh", space: "inner"},
		{PID: 12, Parent: 11, Numbers: []int{12, 3, 1}, Command: "nested\x1b", space: "nested"},
		{PID: 20, Parent: 1, Numbers: []int{20, 9}, Command: "exec'ed", space: "inner"},
		{PID: 30, Parent: 1, Numbers: []int{30}, Command: "stranger", space: "outer"},
	}
	got := treeText([]sandboxTree{{Name: "web", Launcher: 1, Processes: treeOf(all, 10, spec.NamespaceNew)}})
	want := "web  (launcher 1)\n├─ 10 > 1  bulkhead-init\n│  └─ 11 > 2  sh\n│     └─ 12 > 3 > 1  nested\\x1b\n└─ 20 > 9  exec'ed\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := treeText(nil); got != "no sandbox is running\n" {
		t.Errorf("got %s", got)
	}
}

// TestTreeOfAStrangersSandbox: without a look at the namespaces only descendants are known.
func TestTreeOfAStrangersSandbox(t *testing.T) {
	all := []process{{PID: 10, Parent: 1}, {PID: 11, Parent: 10}, {PID: 12, Parent: 1}}
	tops := treeOf(all, 10, spec.NamespaceNew)
	if len(tops) != 1 || len(tops[0].Children) != 1 || tops[0].Children[0].PID != 11 {
		t.Errorf("got %+v", tops)
	}
}

// TestTreeInASharedPIDNamespace: the others there are not the sandbox's.
func TestTreeInASharedPIDNamespace(t *testing.T) {
	all := []process{{PID: 1, space: "s"}, {PID: 10, Parent: 5, space: "s"}, {PID: 11, Parent: 10, space: "s"}, {PID: 12, Parent: 5, space: "s"}}
	for _, ns := range []spec.Namespace{spec.NamespaceHost, "sandbox:web"} {
		tops := treeOf(all, 10, ns)
		if len(tops) != 1 || tops[0].PID != 10 || len(tops[0].Children) != 1 {
			t.Errorf("%s: got %+v", ns, tops)
		}
	}
}

func TestReadProcessesFindsThisOne(t *testing.T) {
	list := readProcesses()
	i := slices.IndexFunc(list, func(p process) bool { return p.PID == os.Getpid() })
	if i < 0 || list[i].Parent != os.Getppid() || len(list[i].Numbers) == 0 || list[i].space == "" {
		t.Errorf("got %d processes, this one at %d", len(list), i)
	}
}

func TestConfinementOfThisProcess(t *testing.T) {
	c, err := confinementOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Shared) != len(c.Namespaces) || len(c.Shared) < 7 || len(c.Missing) == 0 || len(c.UIDs) != 4 {
		t.Errorf("got %+v", c)
	}
	if _, err := confinementOf(1 << 30); err == nil {
		t.Error("a process of an impossible number was found")
	}
}

func TestCapabilityList(t *testing.T) {
	if got := capabilityList("0000000000000401"); !slices.Equal(got, []string{"CHOWN", "NET_BIND_SERVICE"}) {
		t.Errorf("got %q", got)
	}
	if got := capabilityList("0"); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestFilters(t *testing.T) {
	for want, status := range map[int]map[string]string{
		2: {"Seccomp": "2", "Seccomp_filters": "2"}, -1: {"Seccomp": "2"}, 0: {"Seccomp": "0"},
	} {
		if got := filters(status); got != want {
			t.Errorf("%v: got %d, want %d", status, got, want)
		}
	}
}
