package readme

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The README's sessions print what the README says.
func TestReadmeSessions(t *testing.T) {
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	sessions := Sessions(string(text))
	if !slices.ContainsFunc(sessions, func(s Session) bool { return s.NotRun == "" }) {
		t.Fatal("README.md has no console session that can be run")
	}
	path := binaries(t) + ":" + os.Getenv("PATH")
	for _, s := range sessions {
		if s.NotRun == "" {
			run(t, s, path)
		}
	}
}

// dropped is what a run adds for a user to whom nobody delegated a cgroup; README.md shows what everybody sees.
var dropped = regexp.MustCompile(`(?m)^bulkhead: no .* here: see 'bulkhead doctor'\n`)

func run(t *testing.T, s Session, path string) {
	dir := t.TempDir()
	for _, c := range s.Commands {
		t.Run(c.Line, func(t *testing.T) {
			shell := exec.Command("sh", "-c", c.Line)
			shell.Dir, shell.Env = dir, append(os.Environ(), "PATH="+path)
			all, err := shell.CombinedOutput()
			if output := dropped.ReplaceAllString(string(all), ""); !c.Matches(output) {
				t.Errorf("printed:\n%s(%v)\nthe README says:\n%s", output, err, c.Output)
			}
		})
	}
}

// binaries is the directory of the commands: the one that BULKHEAD_BIN names, or one where they are built now.
func binaries(t *testing.T) string {
	if dir := os.Getenv("BULKHEAD_BIN"); dir != "" {
		return dir
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir, "./cmd/...")
	build.Dir = "../../.."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the commands: %v\n%s", err, bytes.TrimSpace(output))
	}
	return dir
}

func TestSessions(t *testing.T) {
	got := Sessions("```console\n$ a b\n1\n2\n$ c\n```\n\n<!-- not run: why -->\n```console\n$ d\n```\n```sh\n$ e\n```\n")
	if len(got) != 2 || got[0].NotRun != "" || got[1].NotRun != "why" {
		t.Fatalf("%+v", got)
	}
	want := []Command{{"a b", "1\n2\n"}, {"c", ""}}
	if !slices.Equal(got[0].Commands, want) {
		t.Errorf("got %+v, want %+v", got[0].Commands, want)
	}
}

func TestMatches(t *testing.T) {
	c := Command{Output: "one\n...\nlast.\n"}
	for output, want := range map[string]bool{
		"one\nlast.\n": true, "one \na\nb\nlast.": true, "one\nlastX\n": false, "zero\none\nlast.\n": false, "": false,
	} {
		if c.Matches(output) != want {
			t.Errorf("%q: %v, want %v", output, !want, want)
		}
	}
	if !(Command{}).Matches("") || (Command{}).Matches(strings.Repeat("x", 3)) {
		t.Error("a command without output must print nothing")
	}
}
