package plan

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const document = "../../docs/plan.md"

// The document shows what the golden file holds.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	steps := stepsOf(goldenNamed("root").print(t))
	want := excerpt(t, string(text), "steps", folded(steps))
	want = excerpt(t, want, "calls", withCalls(t, steps, "bind /usr", "run cat"))
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s does not show the plan of %s: run go generate ./internal/plan", document, goldenFile("root"))
	}
}

// excerpt puts lines between the marks of a name.
func excerpt(t *testing.T, text, name string, lines []string) string {
	t.Helper()
	marks := regexp.MustCompile(`(?s)(<!-- begin ` + name + `:[^\n]*-->\n).*?(<!-- end ` + name + ` -->)`)
	if len(marks.FindAllString(text, -1)) != 1 {
		t.Fatalf("%s has not one place for %s", document, name)
	}
	return marks.ReplaceAllStringFunc(text, func(old string) string {
		parts := marks.FindStringSubmatch(old)
		return parts[1] + "```\n" + strings.Join(lines, "\n") + "\n```\n" + parts[2]
	})
}

// documented is a step as people see it.
type documented struct {
	number                   int
	actor, does, description string
	calls                    []string
}

// stepsOf reads a golden file. As in what the command prints, the creation of the builder is a step of the launcher.
func stepsOf(golden string) []documented {
	var steps []documented
	add := func(actor, description string) {
		does, _, _ := strings.Cut(description, " ")
		steps = append(steps, documented{len(steps) + 1, actor, does, description, nil})
	}
	for _, line := range strings.Split(golden, "\n")[1:] {
		actor, description, isStep := strings.Cut(line, " ")
		switch {
		case strings.HasPrefix(line, "    "):
			steps[len(steps)-1].calls = append(steps[len(steps)-1].calls, strings.TrimSpace(line))
		case isStep && !strings.HasPrefix(line, "init "):
			if actor != Launcher.String() && !slices.ContainsFunc(steps, func(s documented) bool { return s.does == "create" }) {
				add(Launcher.String(), "create the sandbox's namespaces")
			}
			description, _, _ = strings.Cut(strings.TrimSpace(description), "  ")
			add(actor, description)
		}
	}
	return steps
}

// folded lists steps, of those in a row that do the same only the first.
func folded(steps []documented) []string {
	var lines []string
	for i := 0; i < len(steps); {
		same := i + 1
		for same < len(steps) && steps[same].actor == steps[i].actor && steps[same].does == steps[i].does {
			same++
		}
		line := steps[i].line()
		if more := same - i - 1; more > 0 {
			line += fmt.Sprintf("   … and %d more", more)
		}
		lines, i = append(lines, line), same
	}
	return lines
}

func (s documented) line() string {
	return fmt.Sprintf("%3d  %-8s  %s", s.number, s.actor, s.description)
}

// withCalls lists the steps that begin so, with their calls.
func withCalls(t *testing.T, steps []documented, descriptions ...string) []string {
	t.Helper()
	var lines []string
	for _, want := range descriptions {
		i := slices.IndexFunc(steps, func(s documented) bool { return strings.HasPrefix(s.description, want) })
		if i < 0 {
			t.Fatalf("no step %q", want)
		}
		lines = append(lines, steps[i].line())
		for _, c := range steps[i].calls {
			c, _, _ = strings.Cut(c, "  ") // what may follow the call
			lines = append(lines, strings.Repeat(" ", 15)+c)
		}
	}
	return lines
}
