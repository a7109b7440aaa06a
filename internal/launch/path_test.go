package launch

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// The path of a descriptor has the number that the launcher was given for it.
func TestCompilePathOfADescriptor(t *testing.T) {
	s := spec.Spec{Command: []string{"true"}, Mounts: []spec.Mount{{Type: spec.MountOverlay, Source: "/a", Target: "/m", Upper: "/b/c"}}}
	full := s.WithDefaults()
	p, err := plan.Build(&full, plan.Host{Root: true, LastCap: 40}, plan.Run{Name: "x", ID: 5})
	if err != nil {
		t.Fatal(err)
	}
	cells := someCells(t, p.Cells+1)
	steps := byActor(p)
	for i, step := range steps.launcher {
		for j, c := range step.Calls {
			store(cells[c.Save], int32(1000*i+j+41))
		}
	}
	prog, err := compile(steps.child, cells)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for i, o := range prog.origin {
		for j, a := range o.call.Args {
			if _, ok := a.PathOf(); ok && prog.records[i].nr == unix.SYS_FSCONFIG {
				paths = append(paths, stringAt(prog.records[i].args[j]))
			}
		}
	}
	if len(paths) != 2 || paths[0] != "/proc/self/fd/41" || paths[1] != "/proc/self/fd/42" {
		t.Errorf("paths %q of %d cells", paths, len(cells))
	}
}
