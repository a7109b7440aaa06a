package plan

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// TestJoinerIsGuardedWhenItsSiblingIsBorn holds every plan that joins to this:
// the last word on whether the launcher's memory can be traced is no, before
// anybody inside could name a process that shares it.
func TestJoinerIsGuardedWhenItsSiblingIsBorn(t *testing.T) {
	for _, root := range []bool{true, false} {
		for _, clock := range []spec.Clock{{}, {Boottime: spec.Seconds(1)}} {
			s := spec.Spec{Command: []string{"true"}, Clock: clock}
			full := s.WithDefaults()
			p, err := Join(&full, Host{Root: root, UID: 1, GID: 1, LastCap: 40, SharedClocks: true}, Run{Name: "x"})
			if err != nil {
				t.Fatal(err)
			}
			if mark := markAtFork(t, p); mark != 0 {
				t.Errorf("root %v, clock %v: the memory is marked %d when the program is created", root, clock, mark)
			}
		}
	}
}

// TestBuilderIsGuardedWhereOthersAre is the same for a first program that enters another's pid or user namespace.
func TestBuilderIsGuardedWhereOthersAre(t *testing.T) {
	for _, test := range []struct{ doc, last string }{
		{`{"namespaces": {"pid": "sandbox:x"}}`, "start the program"},
		{`{"namespaces": {"pid": "sandbox:x"}}`, "start a helper in the joined pid namespace"},
		{`{"namespaces": {"pid": "sandbox:x", "user": "sandbox:x"}}`, "start the program"},
		{`{"namespaces": {"user": "sandbox:x"}}`, "set descriptors"},
		{`{"namespaces": {"user": "sandbox:x"}, "as_pid_1": true}`, "set descriptors"},
	} {
		for _, in := range []input{asRoot(), asUser()} {
			in.decode(t, test.doc)
			p := in.mustPlan(t)
			if mark := markBefore(p, test.last); mark != 0 || !p.Exclusive {
				t.Errorf("root %v, %s: exclusive %v, the memory is marked %d at %q", in.host.Root, test.doc, p.Exclusive, mark, test.last)
			}
		}
	}
	in := asUser()
	in.decode(t, `{"namespaces": {"net": "sandbox:x"}}`)
	if p := in.mustPlan(t); p.Exclusive {
		t.Error("a plan that puts nobody where others are keeps other starts waiting")
	}
}

// TestHelperAmongOthersIsTheLaunchersToEnd: whoever is in the joined pid namespace may stop it before its
// first step, when it has the launcher's memory, and the builder may be ended for waiting.
func TestHelperAmongOthersIsTheLaunchersToEnd(t *testing.T) {
	in := asUser()
	in.decode(t, `{"namespaces": {"pid": "sandbox:x"}}`)
	p := in.mustPlan(t)
	start := one(t, p, "start a helper in the joined pid namespace").Calls[0]
	args, fix, _ := start.Args[0].Data()
	if number, ok := fix[0].Arg.CellAddr(); !ok || number != p.Helper || p.Helper == 0 || word(args, 0)&unix.CLONE_PARENT == 0 {
		t.Errorf("%s: the launcher does not know it, in %s", start, p.Helper)
	}
	limited := slices.Index(names(p), "limit the time until the program starts")
	if entered := slices.Index(names(p), "join pid namespace sandbox:x"); limited < 0 || limited > entered {
		t.Errorf("the time is limited in step %d, the namespace joined in %d", limited, entered)
	}
}

// names are what the steps do.
func names(p *Plan) []string {
	var list []string
	for i := range p.Steps {
		list = append(list, p.Steps[i].Does+" "+p.Steps[i].Object)
	}
	return list
}

// markBefore is the last dumpable mark that is set before a step.
func markBefore(p *Plan, text string) int64 {
	mark := int64(-1)
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Does+" "+s.Object == text {
			return mark
		}
		for _, c := range s.Calls {
			if c.Name == "prctl" && c.Args[0].String() == "PR_SET_DUMPABLE" {
				mark, _ = c.Args[1].Number()
			}
		}
	}
	return -1
}

// markAtFork is the last dumpable mark that is set before a process is created.
func markAtFork(t *testing.T, p *Plan) int64 {
	t.Helper()
	mark := int64(-1)
	for i := range p.Steps {
		for _, c := range p.Steps[i].Calls {
			if c.Name != "prctl" {
				continue
			}
			if what, _ := c.Args[0].Number(); what == unix.PR_SET_DUMPABLE {
				mark, _ = c.Args[1].Number()
			}
		}
		if p.Steps[i].Fork {
			return mark
		}
	}
	t.Fatal("nothing is created")
	return mark
}

// TestGuardedSourcesFollowNoLink holds binds beneath a directory to a lookup without links.
func TestGuardedSourcesFollowNoLink(t *testing.T) {
	s := spec.Spec{Command: []string{"true"}, Mounts: []spec.Mount{
		{Type: spec.MountBind, Source: "/p/.git/hooks", Beneath: "/p", Target: "/p/.git/hooks"}}}
	full := s.WithDefaults()
	p, err := Build(&full, Host{Root: true, LastCap: 40}, Run{Name: "x", ID: 5})
	if err != nil {
		t.Fatal(err)
	}
	const none = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS
	found := false
	for i := range p.Steps {
		for _, c := range p.Steps[i].Calls {
			for _, a := range c.Args {
				if text, _ := a.Str(); text == "/p/.git/hooks" {
					t.Errorf("%s looks the source up by its whole path", c)
				}
			}
			if c.Name == "openat2" && c.Args[1].String() == `".git/hooks"` {
				how, _, _ := c.Args[2].Data()
				found = word(how, 2) == none
			}
		}
	}
	if !found {
		t.Error("the source is not looked up beneath its base without links")
	}
}
