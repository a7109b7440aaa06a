package plan

import (
	commandline "flag"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

//go:generate go test -run "TestGolden|TestDocument" -update

var update = commandline.Bool("update", false, "write testdata/*.golden instead of comparing them")

func TestGolden(t *testing.T) {
	for i := range goldens {
		g := &goldens[i]
		t.Run(g.name, func(t *testing.T) {
			file, got := goldenFile(g.name), g.print(t)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v: make it with go test -run TestGolden -update", err)
			}
			if got != string(want) {
				t.Errorf("the plan is not the one in %s; if it should be, run go test -run TestGolden -update and read the difference:\n%s",
					file, strings.Join(difference(strings.Split(string(want), "\n"), strings.Split(got, "\n")), "\n"))
			}
		})
	}
}

func goldenFile(name string) string { return filepath.Join("testdata", name+".golden") }

// Files of cases that are gone would look like promises that are kept.
func TestEveryGoldenBelongsToACase(t *testing.T) {
	files, err := filepath.Glob(goldenFile("*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".golden"); goldenNamed(name) == nil {
			t.Errorf("%s belongs to no case", file)
		}
	}
	if len(files) != len(goldens) {
		t.Errorf("%d golden files for %d cases", len(files), len(goldens))
	}
}

// print shows a plan, or what differs from the base's.
func (g *golden) print(t *testing.T) string {
	lines := printed(g.planned(t))
	if !g.whole {
		title := "against " + g.base + ", with the numbers of cells left out:"
		lines = append([]string{title}, difference(nameless(printed(goldenNamed(g.base).planned(t))), nameless(lines))...)
	}
	return strings.Join(lines, "\n") + "\n"
}

func (g *golden) planned(t *testing.T) *Plan {
	t.Helper()
	in := g.input(func(in *input, doc string) { in.decode(t, doc) })
	return in.mustPlan(t)
}

// printed shows a plan, a step with its calls an element.
func printed(p *Plan) []string {
	steps := []string{p.Clone.String()}
	for i := range p.Steps {
		steps = append(steps, printedStep(&p.Steps[i]))
	}
	if p.Each != nil {
		steps = append(append(steps, "", "each run:"), printed(p.Each)...)
	}
	for _, d := range p.Dropped {
		steps = append(steps, fmt.Sprintf("dropped %s: %s (%s)", d.Protection, d.Reason, d.Hint))
	}
	if p.Maps != nil {
		steps = append(steps, fmt.Sprintf("maps: uid %v, gid %v", p.Maps.UID, p.Maps.GID))
	}
	return append(steps, fmt.Sprintf("init %t, terminal %t, notify %t, guardian %t", p.Init, p.Terminal, p.Notify, p.Watched))
}

func printedStep(s *Step) string {
	text := strings.TrimSpace(fmt.Sprintf("%-8s  %s %s", s.Actor, s.Does, s.Object))
	if s.Exec {
		text += "  (the command)"
	}
	for i := 0; i < len(s.Calls); i++ {
		c := &s.Calls[i]
		text += "\n    " + c.String()
		if last := countsUp(s.Calls[i:]); last > 0 {
			i += last
			text += " ... " + s.Calls[i].String()
		}
		text += hidden(c) + treatment(c)
	}
	if s.Fork {
		text += "  → next steps"
	}
	return text
}

// countsUp tells how many calls after the first are the same but for a last argument that grows by one.
func countsUp(calls []Call) int {
	same := func(i int) bool {
		a, b := &calls[i-1], &calls[i]
		n, m := a.Args[len(a.Args)-1], b.Args[len(b.Args)-1]
		return a.Name == b.Name && len(a.Args) == len(b.Args) && n.kind == argNum && m.kind == argNum && n.num+1 == m.num
	}
	run := 0
	for run+1 < len(calls) && calls[run].Name == "prctl" && same(run+1) {
		run++
	}
	return run
}

// hidden shows the bytes of the structures that String shows by a text.
func hidden(c *Call) string {
	var text string
	for _, a := range c.Args {
		if b, _, ok := a.Data(); ok && a.Text != "" && b != "" {
			text += fmt.Sprintf("  %x", b)
		}
	}
	return text
}

// treatment is what else than "go on, or fail" may follow a call.
func treatment(c *Call) string {
	var text string
	if c.Done {
		text = "  ✓ done"
	}
	for set := c.Allow; set != 0; set &= set - 1 {
		text += "  " + unix.ErrnoName(syscall.Errno(bits.TrailingZeros64(set)))
	}
	switch {
	case c.Leave:
		text += " → leave"
	case c.Allow != 0:
		text += " → go on"
	}
	return text
}

var cellNumber = regexp.MustCompile(`\$\d+`)

// nameless leaves the numbers of cells out: they shift with each step added before.
func nameless(steps []string) []string {
	plain := make([]string, len(steps))
	for i, s := range steps {
		plain[i] = cellNumber.ReplaceAllString(s, "$$")
	}
	return plain
}

// difference lists what was taken out (-) and put in (+), in order, by the longest common subsequence.
func difference(a, b []string) []string {
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var out []string
	mark := func(sign, text string) { out = append(out, sign+strings.ReplaceAll(text, "\n", "\n"+sign)) }
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			mark("- ", a[i])
			i++
		default:
			mark("+ ", b[j])
			j++
		}
	}
	return out
}
