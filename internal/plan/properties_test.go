package plan

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// problems lists what is wrong with a plan, whatever the Spec was.
func problems(in *input, p *Plan) []string {
	found := flowProblems(p, in.join)
	c := check{plan: p, known: knownPaths(in), spec: &in.spec}
	for i := range p.Steps {
		c.step(&p.Steps[i])
	}
	c.embedded()
	c.filterIsLast()
	return append(found, c.found...)
}

type check struct {
	plan  *Plan
	known map[string]bool
	spec  *spec.Spec
	found []string
	// inTree is set once the new root exists.
	inTree bool
}

func (c *check) problem(s *Step, format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf("%s %s %s: ", s.Actor, s.Does, s.Object)+fmt.Sprintf(format, args...))
}

func (c *check) step(s *Step) {
	if s.Does == "" || s.Object == "" {
		c.problem(s, "does not say what it does")
	}
	if len(s.Calls) == 0 {
		c.problem(s, "makes no call")
	}
	for _, h := range s.Hints {
		if h.Text == "" || strings.HasSuffix(h.Text, ".") {
			c.problem(s, "hint %q", h.Text)
		}
	}
	for i := range s.Calls {
		c.call(s, &s.Calls[i])
		if s.Calls[i].Leave {
			c.leftOut(s, s.Calls[i+1:])
		}
	}
	if s.Fork && s.Calls[len(s.Calls)-1].Name != "clone3" {
		c.problem(s, "creates a process without clone3")
	}
}

// leftOut checks that later steps do not rely on calls that may not be made:
// the planner counts on the directory it is in and on those it has made.
func (c *check) leftOut(s *Step, calls []Call) {
	made := 0
	for i := range calls {
		switch ours := calls[i].Args[0].String() == cwd.Text; {
		case calls[i].Name == "fchdir":
			c.problem(s, "changes directory in a part that may be left out")
		case calls[i].Name == "mkdirat" && ours:
			made++
		}
	}
	if made > 1 { // the one may be the target itself
		c.problem(s, "makes %d directories in a part that may be left out", made)
	}
}

func (c *check) call(s *Step, call *Call) {
	if (call.Leave && call.Allow == 0) || call.Allow&1 != 0 {
		c.problem(s, "%s: allowed errors %#x", call, call.Allow)
	}
	if int(call.Save) >= c.plan.Cells {
		c.problem(s, "%s: cell beyond the %d there are", call, c.plan.Cells)
	}
	if len(call.Args) > 6 {
		c.problem(s, "%s: more arguments than registers", call)
	}
	c.strings(s, call)
	c.targets(s, call)
	c.paths(s, call)
}

// paths checks that a descriptor whose path is an argument is one of the launcher's, whose number is known in time.
func (c *check) paths(s *Step, call *Call) {
	for _, a := range call.Args {
		cell, ok := a.PathOf()
		if !ok {
			continue
		}
		opened := slices.ContainsFunc(c.plan.Steps, func(s Step) bool {
			return s.Actor == Launcher && slices.ContainsFunc(s.Calls, func(c Call) bool { return c.Save == cell })
		})
		if !opened || s.Actor == Launcher {
			c.problem(s, "%s: the number of %s is not known in time", call, cell)
		}
	}
}

// hasSymlink tells whether the Spec makes links, which its targets may lead through.
func hasSymlink(s *spec.Spec) bool {
	return slices.ContainsFunc(s.Mounts, func(m spec.Mount) bool { return m.Type == spec.MountSymlink })
}

// strings checks the texts that the kernel reads up to a NUL, and that a path of the host is one that somebody named.
func (c *check) strings(s *Step, call *Call) {
	for i, a := range call.Args {
		text, ok := a.Str()
		if !ok || call.Name == "write" || call.Name == "symlinkat" && i == 0 {
			continue
		}
		if strings.IndexByte(text, 0) >= 0 {
			c.problem(s, "%s: a NUL byte", call)
		}
		// After the pivot a path means the program's tree, where a target may be what a link of the Spec leads to.
		inside := s.Actor == Program && s.Does == "allow" && hasSymlink(c.spec)
		if strings.HasPrefix(text, "/") && call.Name != "fsconfig" && !c.known[text] && !inside {
			c.problem(s, "%s: nobody named the path %s", call, text)
		}
	}
}

// targetOf is the argument by which a call makes or covers something, for the calls that do.
var targetOf = map[string]int{"mkdirat": 1, "mknodat": 1, "symlinkat": 2, "unlinkat": 1, "mount": 1, "move_mount": 3}

// targets checks that in the new tree nothing is made or covered by a path that could lead out of it.
func (c *check) targets(s *Step, call *Call) {
	if s.Does == "keep" && s.Object == "the host's root" {
		c.inTree = true
		return
	}
	i, makes := targetOf[call.Name]
	if call.Name == "openat" && strings.Contains(call.Args[2].String(), "O_CREAT") {
		i, makes = 1, true
	}
	if !makes || !c.inTree || s.Actor == Launcher || s.Actor == After || s.Does == "make root" {
		return
	}
	text, _ := call.Args[i].Str()
	keepsLayer := s.Does == "mount overlay" && strings.HasSuffix(call.Name, "at") && c.known[text]
	if text != "" && text != "." && !filepath.IsLocal(text) && !keepsLayer {
		c.problem(s, "%s: %s is no path below the directory it is taken from", call, text)
	}
}

// embedded checks that no cell is part of two structures: it can be in one place only.
func (c *check) embedded() {
	seen := map[Cell]bool{}
	for i := range c.plan.Steps {
		s := &c.plan.Steps[i]
		for _, call := range s.Calls {
			for _, a := range call.Args {
				_, fixes, _ := a.Data()
				for _, fix := range fixes {
					for _, cell := range cellsIn([]Arg{fix.Arg}) {
						if seen[cell] {
							c.problem(s, "%s is in two structures", cell)
						}
						seen[cell] = true
					}
				}
			}
		}
	}
}

// filterIsLast checks that nothing of ours has to pass the filter but the exec.
func (c *check) filterIsLast() {
	for i := range c.plan.Steps {
		if s := &c.plan.Steps[i]; s.Object == "the system-call filter" && !c.plan.Steps[i+1].Exec {
			c.problem(s, "%s comes between it and the command", c.plan.Steps[i+1].Does)
		}
	}
}

// knownPaths are the absolute paths that the input names, and those of every Linux system that plans rely on.
func knownPaths(in *input) map[string]bool {
	known := map[string]bool{"/": true, "/proc": true, "/dev": true, "/dev/ptmx": true, "/dev/pts/ptmx": true, "/dev/shm": true, "/tmp": true}
	s := in.spec.WithDefaults()
	add := func(paths ...string) {
		for _, p := range paths {
			known[p] = true
		}
	}
	for _, n := range nodes {
		add("/dev/" + n.name)
	}
	for _, e := range in.host.Entries {
		add(e.Path)
		if s.Root.Overlay != nil && s.Root.Overlay.Dir != "" {
			addLayer(known, s.Root.Overlay.Dir+"/"+strings.ReplaceAll(e.Path[1:], "/", "-"))
		}
	}
	add(s.Root.Dir, s.Workdir, s.User.Home)
	if o := s.Root.Overlay; o != nil {
		addLayer(known, o.Dir)
	}
	for _, m := range s.Mounts {
		add(m.Source, m.Target, followed(in.host.Entries, m.Target))
		addLayer(known, m.Upper)
	}
	for _, from := range namespacePaths(&s) {
		add(from)
	}
	add(candidates(s.Command[0], in.run.Env)...)
	c := &in.run.Cgroup
	add(append(slices.Concat(c.Shared, c.Dirs, c.Procs), c.Into, c.Into+"/cgroup.kill")...)
	for _, w := range slices.Concat(c.Writes, c.After) {
		add(w.Path)
	}
	return known
}

// followed is where a target lies if it leads through a link of the host's, such as /bin.
func followed(entries []Entry, target string) string {
	for _, e := range entries {
		if rest, ok := strings.CutPrefix(target, e.Path+"/"); ok && e.Kind == EntryLink {
			return filepath.Join("/", e.Link, rest)
		}
	}
	return target
}

// addLayer adds what a kept layer consists of.
func addLayer(known map[string]bool, dir string) {
	for _, p := range []string{dir, filepath.Dir(dir), dir + "/upper", dir + "/work", dir + "/" + LowerLink, dir + "/" + MarksLink} {
		known[p] = true
	}
}

func namespacePaths(s *spec.Spec) []string {
	n := &s.Namespaces
	var paths []string
	for _, from := range []spec.Namespace{n.PID, n.Mount, n.Net, n.IPC, n.UTS, n.Cgroup, n.Time} {
		switch kind, argument := from.Kind(); kind {
		case "path":
			paths = append(paths, argument)
		case "netns":
			paths = append(paths, "/run/netns/"+argument)
		}
	}
	return paths
}

func TestPlansHaveTheProperties(t *testing.T) {
	for i := range goldens {
		g := &goldens[i]
		in := g.input(func(in *input, doc string) { in.decode(t, doc) })
		for _, join := range []bool{in.join, true} {
			in.join = join
			p := in.mustPlan(t)
			for _, problem := range problems(&in, p) {
				t.Errorf("%s, join %t: %s", g.name, join, problem)
			}
		}
	}
}

// The same input gives the same plan, and is left as it was.
func TestBuildIsDeterministic(t *testing.T) {
	for i := range goldens {
		g := &goldens[i]
		in := g.input(func(in *input, doc string) { in.decode(t, doc) })
		full := in.spec.WithDefaults()
		in.open(&full.Namespaces)
		before := full.Clone()
		first, err := Build(&full, in.host, in.run)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if again, err := Build(&full, in.host, in.run); err != nil || !reflect.DeepEqual(first, again) {
				t.Errorf("%s: another plan, %v", g.name, err)
			}
		}
		if !reflect.DeepEqual(before, full) {
			t.Errorf("%s: Build changed the Spec", g.name)
		}
	}
}

// The checks find what they are for.
func TestProblemsAreFound(t *testing.T) {
	for name, spoil := range map[string]func(*Plan){
		"which need not be there": func(p *Plan) { find(p, "open /proc")[0].Calls = []Call{call("setsid")} },
		"never reached":           func(p *Plan) { s := find(p, "end the helper")[0]; s.Calls = append(s.Calls, call("setsid")) },
		"neither exec nor exit":   func(p *Plan) { find(p, "run cat")[0].Calls = []Call{call("setsid")} },
		"after the end":           func(p *Plan) { find(p, "set umask")[0].Calls = []Call{call("exit_group", n(0))} },
		"without steps":           func(p *Plan) { find(p, "reset umask")[0].Fork = true },
		"does not say":            func(p *Plan) { find(p, "set umask")[0].Does = "" },
		"makes no call":           func(p *Plan) { find(p, "set umask")[0].Calls = nil },
		"allowed errors":          func(p *Plan) { find(p, "set umask")[0].Calls[0].Leave = true },
		"cell beyond":             func(p *Plan) { find(p, "set umask")[0].Calls[0].Save = Cell(p.Cells) },
		"nobody named":            func(p *Plan) { find(p, "enter directory")[0].Calls = []Call{call("chdir", str("/root"))} },
		"a NUL byte":              func(p *Plan) { find(p, "enter directory")[0].Calls = []Call{call("chdir", str("a\x00"))} },
		"no path below":           func(p *Plan) { s := find(p, "mount tmpfs /tmp")[0]; s.Calls[0] = mkdir("../tmp") },
		"between it and":          func(p *Plan) { find(p, "run cat")[0].Exec = false },
		"changes directory": func(p *Plan) {
			s := find(p, "bind /usr")[0]
			s.Calls = append([]Call{mkdir("x").unless(unix.EEXIST)}, s.Calls...)
		},
		"directories in a part": func(p *Plan) {
			s := find(p, "bind /usr")[0]
			s.Calls = []Call{mkdir("x").unless(unix.EEXIST), mkdir("y"), mkdir("z")}
		},
		"creates a process without": func(p *Plan) { s := find(p, "start the program")[0]; s.Calls[0].Name = "setsid" },
		"in two structures": func(p *Plan) {
			s := find(p, "bind /usr")[0]
			twice := setAttr(cwd, "", false, 0, 0, at(24, cell(CellLife)))
			s.Calls = append(s.Calls, twice, twice)
		},
	} {
		in := asRoot()
		p := in.mustPlan(t)
		spoil(p)
		if found := strings.Join(problems(&in, p), "\n"); !strings.Contains(found, name) {
			t.Errorf("no problem with %q in:\n%s", name, found)
		}
	}
}
