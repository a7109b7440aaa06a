package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// written shows a line as --flag=value words, a bar, and the other words.
func written(l Line) string {
	var parts []string
	for _, g := range l.Given {
		switch {
		case g.Flag.Arg == "":
			parts = append(parts, "--"+g.Flag.Long)
		case g.Bare:
			parts = append(parts, "--"+g.Flag.Long+"!")
		default:
			parts = append(parts, "--"+g.Flag.Long+"="+g.Value)
		}
	}
	return strings.Join(parts, " ") + " | " + strings.Join(l.Words, " ")
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"true", " | true"},
		{"--memory=64M true", "--memory=64M | true"},
		{"--memory 64M true", "--memory=64M | true"},
		{"--memory= true", "--memory= | true"},
		{"-m64M true", "--memory=64M | true"},
		{"-m=64M true", "--memory=64M | true"},
		{"-m 64M true", "--memory=64M | true"},
		{"-ti true", "--tty --interactive | true"},
		{"-itm 64M true", "--interactive --tty --memory=64M | true"},
		{"-itm64M true", "--interactive --tty --memory=64M | true"},
		{"-e A=1 -e B -eC=3 --env D=4=4 true", "--env=A=1 --env=B --env=C=3 --env=D=4=4 | true"},
		{"--memory 64M sh -c 'x' --memory 1", "--memory=64M | sh -c 'x' --memory 1"},
		{"sh -t", " | sh -t"},
		{"-- --tty", " | --tty"},
		{"-t -- true -- -t", "--tty | true -- -t"},
		{"true --", " | true --"},
		{"-", " | -"},
		{"--memory - true", "--memory=- | true"},
		{"--memory -1 true", "--memory=-1 | true"},
		{"--memory -x true", "--memory=-x | true"},
		{"--overlay true", "--overlay! | true"},
		{"--overlay=d true", "--overlay=d | true"},
		{"--overlay= true", "--overlay= | true"},
		{"--drop a,b --drop c true", "--drop=a --drop=b --drop=c | true"},
		{"--bind a,b:c true", "--bind=a,b:c | true"},
		{"--level high true", "--level=high | true"},
		{"--memory 1 --memory 2 true", "--memory=1 --memory=2 | true"},
		{"--memory=--tty true", "--memory=--tty | true"},
	} {
		line, err := Parse(&testProgram, &testRun, strings.Fields(c.line))
		if got := written(line); err != nil || got != c.want {
			t.Errorf("%s\n got %s (%v)\nwant %s", c.line, got, err, c.want)
		}
	}
}

func TestParseOptionsAnywhere(t *testing.T) {
	line, err := Parse(&testProgram, &testList, []string{"a", "--json", "b", "--", "--json"})
	if got := written(line); err != nil || got != "--json | a b --json" {
		t.Errorf("got %s (%v)", got, err)
	}
}

func TestParseHelpWins(t *testing.T) {
	for text, want := range map[string]Help{"-h": HelpShort, "--help": HelpLong, "-th": HelpShort, "--tty --help --nonsense": HelpLong, "true -h": HelpNone} {
		line, err := Parse(&testProgram, &testRun, strings.Fields(text))
		if err != nil || line.Help != want {
			t.Errorf("%s: got %d (%v), want %d", text, line.Help, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ line, text, hint string }{
		{"--memroy 1 true", "run: unknown flag --memroy", "did you mean --memory?"},
		{"--mem 1 true", "run: unknown flag --mem", "did you mean --memory?"},
		{"--memory", "run: --memory needs a value", "write --memory SIZE; SIZE is a size, as in 64M"},
		{"-m", "run: -m needs a value", "write -m SIZE; SIZE is a size, as in 64M"},
		{"--memory --tty true", "run: --memory needs a value, but another flag follows: --tty", "write --memory SIZE; SIZE is a size, as in 64M"},
		{"--memory -t true", "run: --memory needs a value, but another flag follows: -t", "write --memory SIZE; SIZE is a size, as in 64M"},
		{"--memory -- true", "run: --memory needs a value, but another flag follows: --", "write --memory SIZE; SIZE is a size, as in 64M"},
		{"--tty=yes true", "run: --tty=yes: --tty takes no value", "write just --tty"},
		{"-t=yes true", "run: -t=yes: -t takes no value", "write just -t"},
		{"--volume a:b true", "run: unknown flag --volume", "here it is --bind SRC:DST"},
		{"-net true", "run: unknown flag -net", "here it is nothing"},
		{"--json true", "run: unknown flag --json", "--json is a flag of hull list"},
		{"--zzzzzzzzzzz true", "run: unknown flag --zzzzzzzzzzz", `hull run --help lists the flags; put "--" before a command that begins with a dash`},
		{"-memory 1 true", "run: unknown flag -memory", "did you mean --memory, with two dashes?"},
		{"-tzx true", "run: unknown flag -z in -tzx", `hull run --help lists the flags; put "--" before a command that begins with a dash`},
		{"-z true", "run: unknown flag -z", `hull run --help lists the flags; put "--" before a command that begins with a dash`},
		{"--level hihg true", `run: --level "hihg": no such choice`, "did you mean high? choose one of low, high"},
		{"--drop a,,b true", `run: --drop "a,,b": an empty entry in the list`, "part the entries by single commas"},
		{"--a\x1bb true", `run: unknown flag "--a\x1bb"`, `hull run --help lists the flags; put "--" before a command that begins with a dash`},
		{"", "run: COMMAND is missing: the command", "usage: hull run [OPTIONS] COMMAND [ARG...]"},
	} {
		_, err := Parse(&testProgram, &testRun, strings.Fields(c.line))
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Text != c.text || e.Hint != c.hint {
			t.Errorf("%q\n got %+v\nwant %s\n     %s", c.line, err, c.text, c.hint)
		}
	}
}

func TestParseChecksWords(t *testing.T) {
	for _, c := range []struct{ words, text, hint string }{
		{"rde", `port open: no such COLOUR: "rde"`, "did you mean red? choose one of red, green"},
		{"red green", `port open: one word too many: "green"`, "usage: hull port open COLOUR"},
		{"", "port open: COLOUR is missing: its colour", "usage: hull port open COLOUR"},
	} {
		_, err := Parse(&testProgram, &testOpen, strings.Fields(c.words))
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Text != c.text || e.Hint != c.hint {
			t.Errorf("%q\n got %+v\nwant %s\n     %s", c.words, err, c.text, c.hint)
		}
	}
}

func TestApplyNamesTheFlagAndTheValue(t *testing.T) {
	call := Call{Program: &testProgram, Command: &testRun}
	call.Line, _ = Parse(&testProgram, &testRun, []string{"-m", "bad", "true"})
	e, ok := errors.AsType[*Error](call.Apply(&target{}))
	if !ok || e.Text != `run: -m "bad": not a size` || e.Hint != "write -m SIZE; SIZE is a size, as in 64M" {
		t.Errorf("got %+v", e)
	}
}

func TestApplyFillsTheTarget(t *testing.T) {
	call := Call{Program: &testProgram, Command: &testRun}
	call.Line, _ = Parse(&testProgram, &testRun, strings.Fields("-te A --memory 1 --memory 2 --drop x,y -e B --overlay true"))
	var got target
	if err := call.Apply(&got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.env, []string{"A", "B"}) || got.memory != "2" || !slices.Equal(got.drop, []string{"x", "y"}) || !got.tty || !got.bare {
		t.Errorf("got %+v", got)
	}
	if v, ok := call.Line.Value("memory"); v != "2" || !ok {
		t.Errorf("Value gave %q, %v", v, ok)
	}
	if _, ok := call.Line.Value("level"); ok {
		t.Error("Value found a flag that was not given")
	}
}

func TestApplyRefusesAForeignTarget(t *testing.T) {
	call := Call{Program: &testProgram, Command: &testRun}
	call.Line, _ = Parse(&testProgram, &testRun, []string{"-t", "true"})
	if err := call.Apply(&struct{}{}); err == nil || !strings.Contains(err.Error(), "another command's table") {
		t.Errorf("got %v", err)
	}
}

// FuzzParse proves that no words crash the parser, and that a line written
// again in its longest form means the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"true", "-tim64M\x00true", "--overlay=x\x00--\x00-t", "--drop\x00a,b\x00x", "-e\x00A=1\x00--memory=2\x00sh\x00-c", "--help", "--level=low\x00-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, joined string) {
		line, err := Parse(&testProgram, &testRun, strings.Split(joined, "\x00"))
		if err != nil || line.Help != HelpNone {
			return
		}
		again, err := Parse(&testProgram, &testRun, rewrite(line))
		if err != nil || written(again) != written(line) {
			t.Errorf("%q\nfirst %s\nagain %s (%v)", joined, written(line), written(again), err)
		}
	})
}

func rewrite(l Line) []string {
	var words []string
	for _, g := range l.Given {
		if g.Flag.Arg == "" || g.Bare {
			words = append(words, "--"+g.Flag.Long)
			continue
		}
		words = append(words, "--"+g.Flag.Long+"="+g.Value)
	}
	return append(append(words, "--"), l.Words...)
}
