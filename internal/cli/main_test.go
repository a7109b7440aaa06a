package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// call runs the test program and returns its status and what it printed.
func call(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	outFile, errFile := create(t, "out"), create(t, "err")
	code = testProgram.Main(args, Stdio{In: os.Stdin, Out: outFile, Err: errFile})
	return code, content(t, outFile), content(t, errFile)
}

func create(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func content(t *testing.T, f *os.File) string {
	t.Helper()
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestMainStatusAndStreams(t *testing.T) {
	for _, c := range []struct {
		args      string
		code      int
		out, errs string
	}{
		{"run true", 7, "", ""},
		{"run --nonsense true", 125, "", "hull: run: unknown flag --nonsense\nhint: "},
		{"run -m bad true", 7, "", "hull: run: -m \"bad\": not a size\nhint: "},
		{"list a", 0, "listed\n", ""},
		{"list", 2, "", "hull: list: NAME is missing: which\nhint: usage: hull list"},
		{"lst", 2, "", "hull: unknown command lst\nhint: did you mean hull list?"},
		{"firefox", 2, "", "hull: unknown command firefox\nhint: to run a program: hull run -- firefox"},
		{"-t", 2, "", "hull: unknown flag -t before any command\nhint: flags follow the command, as in hull run -t"},
		{"", 2, "", "hull - float\n\nusage: hull COMMAND"},
		{"-h", 0, "hull - float\n", ""},
		{"--help", 0, "hull - float\n", ""},
		{"--version", 0, "hull 1.2.3\n", ""},
		{"run -h", 0, "hull run - run a command\n", ""},
		{"run --help", 0, "hull run - run a command\n", ""},
		{"port", 2, "", "hull: port: which one?\nhint: choose one of open"},
		{"port opne", 2, "", "hull: port: unknown command opne\nhint: did you mean open?"},
		{"port --help", 0, "hull port - ports\n", ""},
		{"port open red", 0, "", ""},
	} {
		code, out, errs := call(t, strings.Fields(c.args)...)
		if code != c.code || !strings.HasPrefix(out, c.out) || !strings.HasPrefix(errs, c.errs) || (out == "") != (c.out == "") || (errs == "") != (c.errs == "") {
			t.Errorf("%s: status %d\nout: %s\nerr: %s", c.args, code, out, errs)
		}
	}
}

func TestEmptyWord(t *testing.T) {
	if _, _, errs := call(t, ""); errs != "hull: unknown command \"\"\nhint: to run a program: hull run -- \"\"; hull --help lists the commands\n" {
		t.Errorf("got %s", errs)
	}
}

func TestPrintFails(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, line := range []string{"list a", "list --help", "list -h", "port --help", "port -h", "--help", "-h", "--version"} {
		errFile := create(t, "err")
		code := testProgram.Main(strings.Fields(line), Stdio{Out: full, Err: errFile})
		if got := content(t, errFile); code != 1 || !strings.Contains(got, "cannot write to standard output") {
			t.Errorf("%s: status %d, %q", line, code, got)
		}
	}
}
