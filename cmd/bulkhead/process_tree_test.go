package main

import (
	"os"
	"testing"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

func TestTreeShowsNumbersOnEachLevel(t *testing.T) {
	f := plant([]process{
		{PID: 1, Numbers: []int{1}, Command: "init", PIDNamespace: 100},
		{PID: 10, Parent: 1, Numbers: []int{10, 1}, Command: "bulkhead-init", PIDNamespace: 200, Sandbox: "web"},
		{PID: 11, Parent: 10, Numbers: []int{11, 2}, Command: "sh", PIDNamespace: 200},
		{PID: 12, Parent: 11, Numbers: []int{12, 3, 1}, Command: "nested\x1b", PIDNamespace: 300},
		{PID: 13, Parent: 12, Numbers: []int{13, 4, 2, 1}, Command: "deepest", PIDNamespace: 400, Sandbox: "deep"},
		{PID: 20, Parent: 1, Numbers: []int{20, 9}, Command: "exec'ed", PIDNamespace: 200},
		{PID: 30, Parent: 1, Numbers: []int{30}, Command: "stranger", PIDNamespace: 100},
		{PID: 40, Parent: 30, Numbers: []int{40, 1}, Command: "container", PIDNamespace: 500},
		{PID: 41, Parent: 40, Numbers: []int{41, 2}, Command: "its child", PIDNamespace: 500},
	})
	list := []sandbox.Info{{Name: "web", PID: 10, Launcher: 1, Spec: &spec.Spec{}}, {Name: "deep", PID: 13, Launcher: 12, Spec: &spec.Spec{}}}
	trees := f.trees(list)
	want := "web  (launcher 1)\n├─ 10 > 1  bulkhead-init\n│  └─ 11 > 2  sh\n│     └─ 12 > 3 > 1  [pid namespace 300] nested\\x1b\n" +
		"│        └─ 13 > 4 > 2 > 1  [sandbox deep] deepest\n└─ 20 > 9  exec'ed\n"
	if got := treeText(trees); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	want = "pid namespace 500  (no sandbox of yours; from 30)\n└─ 40 > 1  container\n   └─ 41 > 2  its child\n"
	if got := treeText(f.strangers(trees)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := treeText(nil); got != "no sandbox is running\n" {
		t.Errorf("got %s", got)
	}
}

// TestTreeOfAStrangersSandbox: without a look at the namespaces only descendants are known.
func TestTreeOfAStrangersSandbox(t *testing.T) {
	f := plant([]process{{PID: 10, Parent: 1}, {PID: 11, Parent: 10}, {PID: 12, Parent: 1}})
	tops := f.treeOf(10, spec.NamespaceNew, map[int]bool{})
	if len(tops) != 1 || len(tops[0].Children) != 1 || tops[0].Children[0].PID != 11 {
		t.Errorf("got %+v", tops)
	}
}

// TestTreeInASharedPIDNamespace: the others there are not the sandbox's.
func TestTreeInASharedPIDNamespace(t *testing.T) {
	f := plant([]process{{PID: 1, PIDNamespace: 1}, {PID: 10, Parent: 5, PIDNamespace: 1}, {PID: 11, Parent: 10, PIDNamespace: 1}, {PID: 12, Parent: 5, PIDNamespace: 1}})
	for _, ns := range []spec.Namespace{spec.NamespaceHost, "sandbox:web"} {
		tops := f.treeOf(10, ns, map[int]bool{})
		if len(tops) != 1 || tops[0].PID != 10 || len(tops[0].Children) != 1 {
			t.Errorf("%s: got %+v", ns, tops)
		}
	}
}

// Numbers that are used again while the list is read can make a circle of parents.
func TestTreeOfACircleEnds(t *testing.T) {
	f := plant([]process{{PID: 10, Parent: 11}, {PID: 11, Parent: 10}})
	if tops := f.treeOf(10, spec.NamespaceNew, map[int]bool{}); len(tops) != 1 || len(tops[0].Children) != 1 || tops[0].Children[0].Children != nil {
		t.Errorf("got %+v", tops)
	}
}

func TestReadForestFindsThisProcess(t *testing.T) {
	p, ok := readForest(nil).find(os.Getpid())
	if !ok || p.Parent != os.Getppid() || len(p.Numbers) == 0 || p.PIDNamespace == 0 {
		t.Errorf("got %+v", p)
	}
}
