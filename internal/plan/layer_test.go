package plan

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What is beneath the directory that was named is opened without links, and no path names it.
func TestKeptLayersAreMadeByDescriptor(t *testing.T) {
	for _, doc := range []string{
		`{"root": {"overlay": {"dir": "/srv/kept"}}}`,
		`{"root": {"kind": "dir", "dir": "/srv/tree", "overlay": {"dir": "/srv/kept"}}}`,
		`{"mounts": [{"type": "overlay", "source": "/srv/tree", "target": "/m", "upper": "/srv/kept"}]}`,
	} {
		in := asUser()
		in.decode(t, doc)
		p := in.mustPlan(t)
		opened := map[string]int{}
		for _, c := range allCalls(p, "openat2") {
			how, _, _ := c.Args[2].Data()
			if name, _ := c.Args[1].Str(); word(how, 2)&unix.RESOLVE_NO_SYMLINKS != 0 {
				opened[name]++
			}
		}
		if opened["kept"] == 0 || opened["upper"] == 0 || opened["upper"] != opened["work"] {
			t.Errorf("%s: opened without links: %v", doc, opened)
		}
		for i := range p.Steps {
			for _, c := range p.Steps[i].Calls {
				if strings.Contains(c.String(), "/srv/kept") {
					t.Errorf("%s: %s", doc, c)
				}
			}
		}
	}
}
