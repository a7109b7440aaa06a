package arch

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

//go:generate go test -run TestKernelPage -update

var update = flag.Bool("update", false, "write docs/kernel.md instead of comparing it")

// fact is one comment of the form "FACT - since VERSION (SOURCE) - what, and what follows".
type fact struct {
	file, since, source, text string
}

// comments finds the comments that stand on lines of their own, each as one line of text.
func comments(text string) []string {
	var found []string
	open := false
	for line := range strings.Lines(text) {
		words, comment := strings.CutPrefix(strings.TrimSpace(line), "//")
		words = strings.TrimSpace(words)
		switch {
		case !comment || words == "":
			open = false
		case open:
			found[len(found)-1] += " " + words
		default:
			open, found = true, append(found, words)
		}
	}
	return found
}

// The second word keeps the pattern from finding itself.
var factStart = regexp.MustCompile(`\bFACT` + ` [-—] `)

// factsOf finds the facts in a comment.
func factsOf(file, comment string) []fact {
	var found []fact
	for _, text := range factStart.Split(comment, -1)[1:] {
		f := parseFact(text)
		f.file = file
		found = append(found, f)
	}
	return found
}

var (
	factForm = regexp.MustCompile(`^(always|since ever|(?:until|on) [0-9][0-9.]*|since (?:[a-z]+ )?[0-9][0-9.]*),?\s*(.*)$`)
	dashes   = regexp.MustCompile(`\s+[-—]\s+`)
)

// parseFact parts a fact into version, source and the rest; a fact about several versions keeps them in its text.
func parseFact(text string) fact {
	form := factForm.FindStringSubmatch(text)
	if form == nil {
		form = []string{text, "(see text)", text}
	}
	source, rest := parenthesis(form[2])
	rest = strings.Trim(dashes.ReplaceAllString(" "+rest+" ", " — "), " —")
	return fact{since: strings.TrimPrefix(form[1], "since "), source: source, text: rest}
}

// parenthesis cuts a leading parenthesis, which may hold others, from a text.
func parenthesis(text string) (inside, rest string) {
	depth := 0
	for i, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			if r != ')' {
				break
			}
			return text[1:i], text[i+1:]
		}
	}
	return "", text
}

func allFacts(t *testing.T) []fact {
	var all []fact
	for _, name := range sources(t, ".go", ".s") {
		if strings.HasSuffix(name, "_test.go") || within(name, "test") {
			continue
		}
		for _, c := range comments(read(t, name)) {
			all = append(all, factsOf(name, c)...)
		}
	}
	slices.SortStableFunc(all, func(a, b fact) int {
		return cmp.Or(strings.Compare(path.Dir(a.file), path.Dir(b.file)), strings.Compare(a.file, b.file))
	})
	return all
}

const generatedFrom = "<!-- below: made from the comments in the code by `make docs` -->\n"

// kernelIndex is the generated part of docs/kernel.md.
func kernelIndex(facts []fact) string {
	var out strings.Builder
	dir := ""
	for _, f := range facts {
		if d := path.Dir(f.file); d != dir {
			dir = d
			fmt.Fprintf(&out, "\n## %s\n\nHeld by `go test ./%s`.\n\n| since | fact, and what follows for us | source | in |\n|---|---|---|---|\n", d, d)
		}
		escaped := strings.ReplaceAll(f.text, "|", `\|`)
		fmt.Fprintf(&out, "| %s | %s | %s | [%s](../%s) |\n", f.since, escaped, f.source, path.Base(f.file), f.file)
	}
	return out.String()
}

// docs/kernel.md indexes the facts that the comments state.
func TestKernelPage(t *testing.T) {
	const name = "docs/kernel.md"
	facts := allFacts(t)
	if len(facts) == 0 {
		t.Fatal("no fact about the kernel found")
	}
	before, old, found := strings.Cut(read(t, name), generatedFrom)
	if !found {
		t.Fatalf("%s has no line %q", name, generatedFrom)
	}
	index := kernelIndex(facts)
	if *update {
		if err := os.WriteFile(filepath.Join(root(), name), []byte(before+generatedFrom+index), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != index {
		t.Errorf("%s is not what the comments say: run make docs", name)
	}
}

func TestFactForm(t *testing.T) {
	got := factsOf("f", "Before. FACT"+" — since 5.7 (clone(2), X) — a b — c. FACT"+" - always (proc(5)) d. FACT"+" - x(7) - 1 since 5.13")
	want := []fact{{"f", "5.7", "clone(2), X", "a b — c."}, {"f", "always", "proc(5)", "d."}, {"f", "(see text)", "", "x(7) — 1 since 5.13"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
