package envfile

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParseRemovesQuotes(t *testing.T) {
	text := strings.Join([]string{
		"\ufeff# a comment", "", `N="Mike White"`, `S='a $b \n "c"'`, `D="x\ty\n\"z\" \\ \$HOME \q"`,
		"PLAIN= a b  # comment", "HASH=a#b", "EMPTY=", `QUOTED_EMPTY=""`, "export E=1", "COPY", "export COPY2",
		"URL=http://x/?a=b&c=d", "CRLF=v\r", `AFTER="v" # comment`, "COMMENT=#x", "\tINDENTED = v",
		`INNER=a"b"c`, "UTF=ünï",
	}, "\n")
	want := []Variable{
		{Name: "N", Value: "Mike White"}, {Name: "S", Value: `a $b \n "c"`}, {Name: "D", Value: "x\ty\n\"z\" \\ $HOME \\q"},
		{Name: "PLAIN", Value: "a b"}, {Name: "HASH", Value: "a#b"}, {Name: "EMPTY"}, {Name: "QUOTED_EMPTY"},
		{Name: "E", Value: "1"}, {Name: "COPY", Copy: true}, {Name: "COPY2", Copy: true},
		{Name: "URL", Value: "http://x/?a=b&c=d"}, {Name: "CRLF", Value: "v"}, {Name: "AFTER", Value: "v"}, {Name: "COMMENT"},
		{Name: "INDENTED", Value: "v"}, {Name: "INNER", Value: `a"b"c`}, {Name: "UTF", Value: "ünï"},
	}
	got, err := Parse("env", text)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseNamesFileAndLine(t *testing.T) {
	for text, want := range map[string]string{
		"A=1\n=2":          "f:2: no name before the =",
		"A=1\n\nB=\"x":     `f:3: the value's opening quote " is never closed`,
		"A='x":             "f:1: the value's opening quote ' is never closed",
		`A="x" y`:          `f:1: text behind the closing quote: "y"`,
		"A B=1":            `f:1: not a variable's name: "A B"`,
		"A=\x00":           "f:1: a NUL byte, which no variable can hold",
		"A\x00":            "f:1: a NUL byte, which no variable can hold",
		"\"A\"=1":          `f:1: not a variable's name: "\"A\""`,
		"A=1\nB=2\nC='x'y": `f:3: text behind the closing quote: "y"`,
	} {
		_, err := Parse("f", text)
		mistake, ok := errors.AsType[*Error](err)
		if !ok || err.Error() != want || mistake.Hint == "" {
			t.Errorf("%q: got %v, want %s and a hint", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"A=1", `A="x\n"`, "export A='b'", "#", "A", "A=\"", "=", "\ufeffA=1\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Parse("f", text)
		if err != nil {
			return
		}
		for _, v := range list {
			if v.Name == "" || strings.ContainsAny(v.Name, "=\n\x00") || strings.Contains(v.Value, "\x00") {
				t.Errorf("%q gave %+v", text, v)
			}
		}
	})
}
