package arch

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```")
	inline  = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+)$`)
)

// links lists the targets of a document's links; what stands in code is none.
func links(text string) []string {
	var targets []string
	for _, found := range link.FindAllStringSubmatch(inline.ReplaceAllString(fenced.ReplaceAllString(text, ""), ""), -1) {
		targets = append(targets, found[1])
	}
	return targets
}

// anchors lists the fragments by which a document's headings are reached: lower case, blanks as dashes, punctuation gone.
func anchors(text string) []string {
	var names []string
	for _, found := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		names = append(names, strings.Map(anchorRune, strings.ToLower(strings.TrimSpace(found[1]))))
	}
	return names
}

func anchorRune(r rune) rune {
	switch {
	case r == ' ':
		return '-'
	case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
		return r
	}
	return -1
}

func external(target string) bool {
	return strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:")
}

func TestLinksResolve(t *testing.T) {
	documents := sources(t, ".md")
	everything := sources(t, "")
	checked := 0
	for _, name := range documents {
		for _, target := range links(read(t, name)) {
			if external(target) {
				continue
			}
			checked++
			file, fragment, _ := strings.Cut(target, "#")
			if file = path.Join(path.Dir(name), file); strings.HasPrefix(target, "#") {
				file = name
			}
			if !slices.ContainsFunc(everything, func(f string) bool { return within(f, file) }) {
				t.Errorf("%s links to %s, and there is no %s", name, target, file)
			} else if fragment != "" && !slices.Contains(anchors(read(t, file)), fragment) {
				t.Errorf("%s links to %s, and %s has no such heading", name, target, file)
			}
		}
	}
	if checked == 0 {
		t.Error("no document links to another, so nothing was checked")
	}
}

// Every page under docs/ can be reached from its index: nobody reads what nothing leads to.
func TestIndexLeadsToEveryPage(t *testing.T) {
	reached := map[string]bool{}
	follow(t, "docs/README.md", reached)
	for _, name := range sources(t, ".md") {
		if within(name, "docs") && !reached[name] {
			t.Errorf("no link leads from docs/README.md to %s", name)
		}
	}
}

// follow marks a document of docs/ and all that its links lead to.
func follow(t *testing.T, name string, reached map[string]bool) {
	reached[name] = true
	for _, target := range links(read(t, name)) {
		next, _, _ := strings.Cut(target, "#")
		next = path.Join(path.Dir(name), next)
		if within(next, "docs") && strings.HasSuffix(next, ".md") && !reached[next] {
			follow(t, next, reached)
		}
	}
}

// The whole of the README must be read in a few minutes: depth is in docs/.
func TestReadmeIsShort(t *testing.T) {
	if n := strings.Count(read(t, "README.md"), "\n"); n >= 120 {
		t.Errorf("README.md has %d lines; the most is 119", n)
	}
}

func TestLinkRules(t *testing.T) {
	text := "# A *b* `c`, d\n[x](a.md#z) `[no](code)`\n```\n[no](fence)\n# no\n```\n"
	if got := links(text); !slices.Equal(got, []string{"a.md#z"}) {
		t.Errorf("links: %q", got)
	}
	if got := anchors(text); !slices.Equal(got, []string{"a-b-c-d"}) {
		t.Errorf("anchors: %q", got)
	}
}
