package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// testGuide shows the tour in a language, in a test.
func testGuide(t *testing.T, language string, width int) *guide {
	t.Helper()
	text, err := readTexts(language)
	if err != nil {
		t.Fatal(err)
	}
	call := &cli.Call{Program: &program, Command: &tourCommand, Stdio: cli.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}}
	return &guide{plain: true, language: language, texts: text, call: call, ctx: context.Background(), width: width}
}

// TestDemonstrations: each wall holds with its flag, and what it stops does happen without it.
func TestDemonstrations(t *testing.T) {
	needSandbox(t)
	g := testGuide(t, "en", 80)
	for i, d := range demonstrations() {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			for _, name := range d.needs {
				if _, err := exec.LookPath(name); err != nil {
					lack(t, name, err.Error())
				}
			}
			p := g.perform(&d)
			if p.why != "" || !p.contrast(&d) {
				t.Fatalf("%s\nwith the wall:\n%s\nwithout:\n%s", p.why, p.out[0], p.out[1])
			}
			for _, part := range d.calls {
				if part != `"{dir}"` && !slices.ContainsFunc(p.calls, func(c string) bool { return strings.Contains(c, part) }) {
					t.Errorf("the plan has no call with %s: %q", part, p.calls)
				}
			}
			p.out[0], p.out[1] = p.out[1], p.out[0]
			if same := i+1 == 13; p.contrast(&d) != same {
				t.Errorf("with the halves exchanged, the contrast is %t", !same)
			}
		})
	}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// TestLanguages: every language has every text, with the same values in it.
func TestLanguages(t *testing.T) {
	first := testGuide(t, tourLanguages[0], 80).texts
	for i := range demonstrations() {
		for _, key := range []string{"title", "meaning", "question", "answer"} {
			if first[strconv.Itoa(i+1)+"."+key] == "" {
				t.Errorf("demonstration %d has no %s", i+1, key)
			}
		}
	}
	for _, language := range tourLanguages[1:] {
		other := testGuide(t, language, 80).texts
		for key := range other {
			if _, known := first[key]; !known {
				t.Errorf("%s: nothing uses %s", language, key)
			}
		}
		for key, text := range first {
			want, have := placeholder.FindAllString(text, -1), placeholder.FindAllString(other[key], -1)
			slices.Sort(want)
			slices.Sort(have)
			if other[key] == "" || !slices.Equal(want, have) {
				t.Errorf("%s: %s has %q, the first language %q", language, key, other[key], text)
			}
		}
	}
	if folders, err := tourTexts.ReadDir("tour"); err != nil || len(folders) != len(tourLanguages) {
		t.Errorf("%d folders for the languages %v (%v)", len(folders), tourLanguages, err)
	}
}

func TestLanguageOf(t *testing.T) {
	for locale, want := range map[string]string{"LANG=ko_KR.UTF-8": "ko", "LANG=en_US.UTF-8": "en", "LANG=fr_FR": "en", "": "en", "LC_ALL=C LANG=ko_KR": "en", "LC_MESSAGES=ko LANG=C": "ko"} {
		got := languageOf(func(name string) string {
			_, rest, _ := strings.Cut(" "+locale, " "+name+"=")
			value, _, _ := strings.Cut(rest, " ")
			return value
		})
		if got != want {
			t.Errorf("%q: %s, want %s", locale, got, want)
		}
	}
}

// TestPagesFit: no line is wider than the screen, in any language, and the halves part at the same column.
func TestPagesFit(t *testing.T) {
	for _, language := range tourLanguages {
		for _, width := range []int{40, 71, 72, 80, 120} {
			g := testGuide(t, language, width)
			for i, d := range demonstrations() {
				p := performance{commands: [2]string{typed(d.with, &stage{}), typed(d.without, &stage{})},
					out: [2]string{"한글과 word\n", strings.Repeat("x", 200)}, calls: []string{"7 launcher: clone3({flags=" + strings.Repeat("CLONE_NEWPID|", 12) + "})"}}
				bars := map[int]bool{}
				for line := range strings.Lines(g.page(i+1, &p)) {
					if line = strings.TrimSuffix(line, "\n"); textWidth(line) > width {
						t.Errorf("%s, %d columns, demonstration %d: %q", language, width, i+1, line)
					}
					if left, _, split := strings.Cut(line, " | xxx"); split {
						bars[textWidth(left)] = true
					}
				}
				if want := min(1, width/narrowest); len(bars) != want {
					t.Errorf("%s, %d columns, demonstration %d: the halves part at columns %v", language, width, i+1, bars)
				}
			}
		}
	}
}

func TestTourCommandLines(t *testing.T) {
	for _, c := range []struct {
		args      string
		code      int
		out, errs string
	}{
		{"tour --list", 0, "18  Clocks of one's own\n", ""},
		{"tour --list --lang ko", 0, "18  자기만의 시계\n", ""},
		{"tour 19", 2, "", `there is no demonstration "19"`},
		{"tour one", 2, "", "write a number from 1 to 18"},
		{"tour --lang fr", 2, "", "fr"},
	} {
		cmd := bulkhead(strings.Fields(c.args)...)
		cmd.Env = append(cmd.Env, "LC_ALL=C")
		code, out, errs := run(t, cmd)
		if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) {
			t.Errorf("%s: status %d\n%s%s", c.args, code, out, errs)
		}
	}
}

// TestTourInALog: without a terminal there is no escape sequence, no question to the reader, and the answer.
func TestTourInALog(t *testing.T) {
	needSandbox(t)
	code, out, errs := run(t, bulkhead("tour", "--lang", "en", "1"))
	if code != 0 || strings.Contains(out, "\x1b") || strings.Contains(out, "Enter shows") || !strings.Contains(out, "my PID: 1") || !strings.Contains(out, "Answer\n") {
		t.Errorf("status %d\n%s%s", code, out, errs)
	}
}

// TestPause: Enter goes on; q, the end of the input and a signal end the tour.
func TestPause(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	ended, end := context.WithCancel(context.Background())
	end()
	for _, c := range []struct {
		in   string
		want bool
	}{{"\n", true}, {"q\n", false}, {"", false}} {
		g := testGuide(t, "en", 80)
		g.plain, g.in, g.call.Out = false, bufio.NewReader(strings.NewReader(c.in)), null
		if got := g.pause("next"); got != c.want {
			t.Errorf("%q: goes on: %t", c.in, got)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	g := testGuide(t, "en", 80)
	g.plain, g.ctx, g.in, g.call.Out = false, ended, bufio.NewReader(r), null
	if g.pause("next") {
		t.Error("goes on after a signal")
	}
}

func TestColours(t *testing.T) {
	g := testGuide(t, "en", 80)
	g.plain = false
	t.Setenv("NO_COLOR", "")
	if g.bold("x") != "\x1b[1mx\x1b[0m" {
		t.Errorf("%q on a terminal", g.bold("x"))
	}
	t.Setenv("NO_COLOR", "1")
	if g.bold("x") != "x" {
		t.Errorf("%q with NO_COLOR", g.bold("x"))
	}
}
