package completion

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/cli"
)

var tool = cli.Program{Name: "hull", Commands: []*cli.Command{
	{Name: "run", Summary: "run it's thing: [x]", OptionsFirst: true, Run: run,
		Args: []cli.Arg{{Name: "COMMAND", Complete: cli.CompleteCommand}, {Name: "ARG", Repeat: true, Complete: cli.CompleteFile}},
		Groups: []cli.Group{{Flags: []cli.Flag{
			{Short: "m", Long: "memory", Arg: "SIZE", Doc: "memory"},
			{Long: "mode", Arg: "MODE", Doc: "a mode", Values: []string{"fast", "slow"}, Closed: true},
			{Long: "root", Arg: "DIR", Doc: "a root", Values: []string{"host"}, Complete: cli.CompleteDir},
			{Long: "overlay", Arg: "DIR", Optional: true, Doc: "a layer", Complete: cli.CompleteDir},
			{Short: "t", Long: "tty", Doc: "don't"},
		}}}},
	{Name: "exec", Summary: "exec", OptionsFirst: true, Run: run,
		Args: []cli.Arg{{Name: "NAME", Complete: cli.CompleteSandbox}, {Name: "COMMAND", Complete: cli.CompleteCommand}, {Name: "ARG", Repeat: true, Complete: cli.CompleteFile}}},
	{Name: "port", Summary: "ports", Sub: []*cli.Command{
		{Name: "open", Summary: "open one", Run: run, Args: []cli.Arg{{Name: "COLOUR", Values: []string{"red", "green"}}}},
		{Name: "close", Summary: "close one", Run: run},
	}},
	{Name: "help", Summary: "help", Run: run, Args: []cli.Arg{{Name: "COMMAND", Complete: cli.CompleteVerb}}},
}}

func run(*cli.Call) (int, error) { return 0, nil }

// questions are lines with the cursor at their end, and the words offered.
var questions = []struct{ line, want string }{
	{"hull ", "exec help port run"},
	{"hull r", "run"},
	{"hull run --m", "--memory --mode"},
	{"hull run --mode ", "fast slow"},
	{"hull run --mode s", "slow"},
	{"hull run --mode=s", "slow"},
	{"hull run --root h", "home/ host"},
	{"hull run -t -m 3 --mode f", "fast"},
	{"hull run --memory 1 uniqueto", "uniquetool"},
	{"hull run uniquetool ho", "home/"},
	{"hull run -- uniqueto", "uniquetool"},
	{"hull exec w", "web worker"},
	{"hull exec web uniqueto", "uniquetool"},
	{"hull exec web uniquetool ho", "home/"},
	{"hull port o", "open"},
	{"hull port open g", "green"},
	{"hull port open --h", "--help"},
	{"hull help p", "port"},
}

// world is a directory with a fake hull, whose sandboxes are web and worker, and a tool of a unique name.
func world(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"bin/hull": "#!/bin/sh\necho web\necho worker\n", "bin/uniquetool": "#!/bin/sh\n", "cwd/home/x": ""} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// shell finds a shell, or skips with the reason.
func shell(t *testing.T, name string) string {
	t.Helper()
	file, err := exec.LookPath(name)
	if err == nil {
		return file
	}
	if strings.Contains(","+os.Getenv("BULKHEAD_MUST")+",", ","+name+",") {
		t.Fatalf("%s must be there, but: %v", name, err)
	}
	t.Skipf("%s is not installed: %v", name, err)
	return ""
}

// ask runs a shell in the world and returns what it prints.
func ask(t *testing.T, dir, shell string, args ...string) string {
	t.Helper()
	cmd := exec.Command(shell, args...)
	cmd.Dir = filepath.Join(dir, "cwd")
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"), "HOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shell, err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// onOneLine joins words that were printed one a line.
func onOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
