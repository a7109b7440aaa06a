package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

// guide is what tour is asked, and where it stands.
type guide struct {
	list, plain bool
	language    string
	texts       texts
	call        *cli.Call
	ctx         context.Context
	width       int
	in          *bufio.Reader
}

type onTour = cli.On[guide]

var tourCommand = cli.Command{
	Name:    "tour",
	Summary: "see each wall: the same program with it and without it, side by side",
	Forms:   []string{"[OPTIONS] [NUMBER]"},
	Long: "Every demonstration really runs, twice, and shows what was printed, the kernel calls that made the difference, what it means, a question and its answer. " +
		"Nothing outside is changed: what a demonstration needs is made for it and taken away.",
	Groups: []cli.Group{{Title: "How to show it", Flags: []cli.Flag{
		{Long: "list", Common: true, Set: onTour(func(g *guide, _ string) error { g.list = true; return nil }),
			Doc: "list the demonstrations"},
		{Long: "lang", Arg: "LANG", Common: true, Default: "that of the locale", Values: tourLanguages, Closed: true,
			Set: onTour(func(g *guide, v string) error { g.language = v; return nil }), Doc: "the language"},
		{Long: "plain", Common: true, Set: onTour(func(g *guide, _ string) error { g.plain = true; return nil }),
			Doc: "no colour and no pauses, as when the output is no terminal", More: "NO_COLOR in the environment switches off colour alone."},
	}}},
	Args: []cli.Arg{{Name: "NUMBER", Doc: "the demonstration; all in their order without it", Optional: true}},
	Exit: []cli.Exit{
		{Code: "0", Doc: "shown"},
		{Code: "1", Doc: "a demonstration could not run here, or showed no contrast; the text says what is missing"},
		{Code: "2", Doc: "a wrong command line"},
	},
	Examples: []cli.Example{
		{Line: "bulkhead tour 8", Doc: "see why chroot is no wall"},
		{Line: "bulkhead tour --plain --lang ko >tour.txt", Doc: "keep the whole tour, in Korean"},
	},
	Run: runTour,
}

func runTour(call *cli.Call) (int, error) {
	g, err := newGuide(call)
	if err != nil {
		return 2, err
	}
	first, last, err := tourRange(call.Line.Words)
	if err != nil {
		return 2, err
	}
	if g.list {
		return verbCode(call, call.Print(g.index()))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	g.ctx = ctx
	return g.walk(first, last)
}

func newGuide(call *cli.Call) (*guide, error) {
	g := &guide{call: call, language: languageOf(os.Getenv), in: bufio.NewReader(call.In)}
	if err := call.Apply(g); err != nil {
		return nil, err
	}
	g.plain = g.plain || !sandbox.IsTerminal(call.In) || !sandbox.IsTerminal(call.Out)
	g.width = screenWidth(call.Out)
	var err error
	g.texts, err = readTexts(g.language)
	return g, err
}

// screenWidth is the terminal's, or that of COLUMNS, or 80; lines beyond 160 columns are hard to read.
func screenWidth(out *os.File) int {
	if size, err := unix.IoctlGetWinsize(int(out.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
		return min(max(int(size.Col)-1, 20), 160)
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return min(max(n, 20), 160)
	}
	return 80
}

func tourRange(words []string) (first, last int, err error) {
	count := len(demonstrations())
	if len(words) == 0 {
		return 1, count, nil
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 || n > count {
		return 0, 0, refuse("tour: there is no demonstration "+quote(words[0]), "write a number from 1 to "+strconv.Itoa(count)+"; bulkhead tour --list shows them")
	}
	return n, n, nil
}

func (g *guide) index() string {
	var b strings.Builder
	for i := range demonstrations() {
		b.WriteString(strings.Repeat(" ", 2-len(strconv.Itoa(i+1))) + strconv.Itoa(i+1) + "  " + g.texts.of(i+1, "title") + "\n")
	}
	return b.String()
}

// walk shows the demonstrations; one that cannot run does not end the tour.
func (g *guide) walk(first, last int) (int, error) {
	code := 0
	all := demonstrations()
	for n := first; n <= last && g.ctx.Err() == nil; n++ {
		shown, err := g.show(n, &all[n-1])
		if err != nil {
			return 1, err
		}
		if !shown {
			code = 1
		}
		if n < last && !g.pause("next") {
			break
		}
	}
	if g.ctx.Err() != nil {
		return 130, nil
	}
	return code, nil
}

// performance is what one demonstration did.
type performance struct {
	told          []string
	commands, out [2]string
	calls         []string
	// outside tells that the half without the wall ran without bulkhead.
	outside bool
	why     string
}

// perform runs both halves; why says what is missing, if it could not.
func (g *guide) perform(d *demonstration) (p performance) {
	for _, name := range d.needs {
		if _, err := exec.LookPath(name); err != nil {
			p.why = g.texts.say("program", "name", name)
			return p
		}
	}
	s := &stage{ctx: g.ctx, call: g.call}
	defer s.strike()
	err := s.setUp(d.prepare)
	p.told, p.outside = s.told, d.without.outside
	for i, h := range []half{d.with, d.without} {
		if err == nil && h.orOutside {
			h.outside = s.refused(h)
			p.outside = h.outside
		}
		p.commands[i] = typed(h, s)
		if err == nil {
			p.out[i], err = s.run(h)
		}
	}
	if err == nil {
		p.calls, err = s.wall(d)
	}
	if err != nil {
		why, hint := cli.Explain(failure(g.call, err))
		p.why = strings.TrimSuffix(why+"; "+hint, "; ")
	}
	return p
}

// contrast reports whether both halves showed what they are for.
func (p *performance) contrast(d *demonstration) bool {
	return d.with.showed(p.out[0]) && d.without.showed(p.out[1])
}

func (h *half) showed(out string) bool {
	return out != "" && strings.Contains(out, h.says) && (h.silent == "" || !strings.Contains(out, h.silent))
}

func (g *guide) show(n int, d *demonstration) (bool, error) {
	p := g.perform(d)
	text := g.page(n, &p)
	if p.why == "" && !p.contrast(d) {
		text += "\n" + g.lines(wrap(g.texts["unlike"], g.width))
	}
	if err := g.call.Print(text); err != nil {
		return false, err
	}
	fine := p.why == "" && p.contrast(d)
	if g.ctx.Err() != nil || !g.pause("press") {
		return fine, nil
	}
	return fine, g.call.Print(g.block("answer", g.texts.of(n, "answer")) + g.gap())
}

// gap parts the demonstrations of a log; on a terminal the pause does.
func (g *guide) gap() string {
	if g.plain {
		return "\n"
	}
	return ""
}
