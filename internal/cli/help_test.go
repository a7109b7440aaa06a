package cli

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const shortHelp = `hull run - run a command

usage: hull run [OPTIONS] COMMAND [ARG...]

What it sees:
      --bind SRC[:DST]      show a file

How much:
  -m, --memory SIZE         memory

Help:
  -h, --help                -h shows the most used options, --help all of them

Examples:
  begin:
      hull run true

hull run --help describes all 9 options.
`

const longHelp = `hull run - run a command

usage: hull run [OPTIONS] COMMAND [ARG...]

Long text about run.

Arguments:
  COMMAND                   the command
  ARG                       arguments

What it sees:
      --bind SRC[:DST]
        Show a file. May be repeated.
      --overlay[=DIR]
        A layer.
  -e, --env NAME
        A variable. May be repeated.

How much:
  -m, --memory SIZE
        Memory. All of it. Default: 4G.
      --level NAME
        How hard. One of: low, high.
      --drop NAME[,...]
        What to drop. May be repeated.
  -t, --tty
        A terminal.
  -i, --interactive
        Input.

Help:
  -h, --help
        -h shows the most used options, --help all of them.

Placeholders:
  SIZE                      a size, as in 64M
  NAME                      a name
  DIR                       a directory
  SRC                       a path
  DST                       another

Examples:
  begin:
      hull run true

EXIT STATUS:
  125                       it sank
`

func TestHelp(t *testing.T) {
	if got := testProgram.Help(&testRun, HelpShort); got != shortHelp {
		t.Errorf("short help:\n%s", got)
	}
	if got := testProgram.Help(&testRun, HelpLong); got != longHelp {
		t.Errorf("long help:\n%s", got)
	}
}

func TestFillBreaksLinesAndKeepsCode(t *testing.T) {
	text := strings.Repeat("word ", 40) + "\n\n    code   stays\n\nlast"
	for line := range strings.SplitSeq(fill(text, "  "), "\n") {
		if len(line) > width || line != strings.TrimRight(line, " ") {
			t.Errorf("bad line %q", line)
		}
	}
	if got := fill(text, "  "); !strings.Contains(got, "\n\n      code   stays\n\n  last\n") {
		t.Errorf("got %s", got)
	}
}

func TestTablesOfTheTestProgramAreSound(t *testing.T) {
	if found := testProgram.Problems(); len(found) > 0 {
		t.Errorf("%s", strings.Join(found, "\n"))
	}
}

func TestProblemsAreFound(t *testing.T) {
	bad := Program{Name: "bad", Placeholders: []Placeholder{{Name: "UNUSED"}}, Commands: []*Command{
		{Name: "a", Groups: []Group{{Flags: []Flag{
			{Long: "x1", Doc: "one.", Arg: "WHAT"}, {Long: "x1", Closed: true}, {Long: "Bad_Name", Short: "xy", Optional: true},
		}}}, Foreign: []Foreign{{Name: "--x1"}}, Args: []Arg{{Name: "A", Repeat: true, Optional: true}, {Name: "B"}}},
		{Name: "a"},
	}}
	found := strings.Join(bad.Problems(), "\n")
	for _, want := range []string{
		"a: the name is taken", "a: no usage form", "a: no example", "a: no exit status", "a: needs either Run", "a --x1: no description", "a --x1: needs either Set or Early",
		"a --x1: the name is taken", "a --x1: closed, but no values", "a --x1: placeholder WHAT is not explained", "a --x1: a foreign name", "a --x1: no advice",
		"a --Bad_Name: not a name", "a --Bad_Name: the short name is too long", "a --Bad_Name: has no value", "a A: no description",
		"a A: repeated", "a B: needed", "placeholder UNUSED", "a --x1: the description is more than one line",
	} {
		if !strings.Contains(found, want) {
			t.Errorf("not found: %s\nin: %s", want, found)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain ünï\nnext": "plain ünï\nnext", "a\x1b[31mb": `a\x1b[31mb`, "\r\t": `\r\t`, "\u009b": `\u009b`, "\u202e": `\u202e`, "a\xffb": `a\xffb`, "\ufffd\xfe": `\ufffd\xfe`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// What a terminal would obey is escaped, and the value stays the same.
func TestPrintableJSON(t *testing.T) {
	for in, want := range map[string]string{
		`"a\u001b"`: `"a\u001b"`, "\"\u009b\u202e\x7f\"\n": `"\u009b\u202e\u007f"` + "\n", "\"\U000e0001\"": `"\udb40\udc01"`, `"ü"`: `"ü"`,
	} {
		got := string(PrintableJSON([]byte(in)))
		var before, after string
		if err := errors.Join(json.Unmarshal([]byte(in), &before), json.Unmarshal([]byte(got), &after)); err != nil || got != want || before != after {
			t.Errorf("%q: got %q, want %q: %v", in, got, want, err)
		}
	}
}
