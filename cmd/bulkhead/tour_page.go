package main

import (
	"os"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// page is a demonstration up to its question.
func (g *guide) page(n int, p *performance) string {
	var b strings.Builder
	head := g.texts.say("head", "n", strconv.Itoa(n), "count", strconv.Itoa(len(demonstrations())), "title", g.texts.of(n, "title"))
	b.WriteString(g.bold(strings.Join(wrap(head, g.width), "\n")) + "\n" + g.lines(wrap(g.texts[ranKey(os.Geteuid())], g.width)))
	if p.why != "" {
		b.WriteString("\n" + g.lines(wrap(g.texts.say("missing", "why", cli.Printable(p.why)), g.width)))
	} else {
		b.WriteString(g.contrast(n, p))
	}
	b.WriteString(g.block("meaning", g.texts.of(n, "meaning")) + g.block("question", g.texts.of(n, "question")))
	return b.String()
}

func (g *guide) contrast(n int, p *performance) string {
	text := "\n"
	if len(p.told) > 0 {
		text = g.lines(wrap(g.texts.say("first", "what", g.texts.say(p.told[0], p.told[1:]...)), g.width)) + "\n"
	}
	without := g.texts.of(n, "without")
	if p.outside {
		without = g.texts["outside"]
	}
	text += g.lines(beside(g.column(g.texts.of(n, "with"), p, 0), g.column(without, p, 1), g.width))
	text += "\n" + g.bold(g.texts["calls"]) + "\n"
	for _, call := range p.calls {
		text += "  " + strings.Join(wrap(cli.Printable(call), g.width-6), "\n      ") + "\n"
	}
	return text
}

// column is one half: its label, its command and what that printed.
func (g *guide) column(label string, p *performance, i int) string {
	out := strings.TrimRight(cli.Printable(strings.ReplaceAll(p.out[i], "\t", "  ")), "\n")
	if out == "" {
		out = g.texts["nothing"]
	}
	return "[" + label + "]\n$ " + p.commands[i] + "\n" + g.texts["prints"] + ":\n" + out
}

func (g *guide) block(key, text string) string {
	return "\n" + g.bold(g.texts[key]) + "\n" + g.lines(wrap(text, g.width))
}

func (g *guide) lines(list []string) string { return strings.Join(list, "\n") + "\n" }

func (g *guide) bold(s string) string {
	if g.plain || os.Getenv("NO_COLOR") != "" {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// ranKey names the text that says by whom the halves were started.
func ranKey(uid int) string {
	if uid == 0 {
		return "ran.root"
	}
	return "ran.user"
}

// pause waits for Enter; it reports false when the reader has had enough.
func (g *guide) pause(key string) bool {
	if g.plain {
		return true
	}
	if g.call.Print("\n"+g.texts[key]) != nil {
		return false
	}
	answer := make(chan string, 1)
	go func() {
		line, err := g.in.ReadString('\n')
		if err != nil {
			line = "q"
		}
		answer <- strings.TrimSpace(line)
	}()
	select {
	case line := <-answer:
		return line != "q"
	case <-g.ctx.Done():
		return false
	}
}
