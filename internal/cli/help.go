package cli

import (
	"strconv"
	"strings"
)

// Help is a command's help, in the order a reader asks: what is it for, how is
// it called, which options are there, what do their values look like, an
// example, the exit status.
func (p *Program) Help(c *Command, kind Help) string {
	var b strings.Builder
	path := p.Name + " " + p.Path(c)
	b.WriteString(path + " - " + c.Summary + "\n\n")
	writeForms(&b, path, c.Forms)
	if kind == HelpLong {
		writeLong(&b, p, c)
	} else {
		writeShort(&b, p, c)
	}
	return b.String()
}

func writeForms(b *strings.Builder, path string, forms []string) {
	lead := "usage: "
	for _, form := range forms {
		b.WriteString(strings.TrimRight(lead+path+" "+form, " ") + "\n")
		lead = "       "
	}
}

func writeShort(b *strings.Builder, p *Program, c *Command) {
	shown, hidden := 0, 0
	for _, g := range c.AllGroups() {
		common := commonFlags(g.Flags)
		shown, hidden = shown+len(common), hidden+len(g.Flags)-len(common)
		writeBrief(b, g.Title, common)
	}
	writeSub(b, c)
	writeExample(b, c.Examples[:min(1, len(c.Examples))])
	if hidden > 0 {
		b.WriteString("\n" + p.Name + " " + p.Path(c) + " --help describes all " + strconv.Itoa(shown+hidden) + " options.\n")
	}
}

func commonFlags(flags []Flag) []Flag {
	if len(flags) == 1 && flags[0].Long == "help" {
		return flags
	}
	var common []Flag
	for _, f := range flags {
		if f.Common {
			common = append(common, f)
		}
	}
	return common
}

// writeBrief writes one line for each flag, two if its name is long.
func writeBrief(b *strings.Builder, title string, flags []Flag) {
	if len(flags) == 0 {
		return
	}
	b.WriteString("\n" + title + ":\n")
	for i := range flags {
		writeColumns(b, flags[i].Head(), flags[i].Doc)
	}
}

func writeLong(b *strings.Builder, p *Program, c *Command) {
	if c.Long != "" {
		b.WriteString("\n" + fill(plain(c.Long), ""))
	}
	writeSub(b, c)
	writeArgs(b, c.Args)
	for _, g := range c.AllGroups() {
		b.WriteString("\n" + g.Title + ":\n")
		for i := range g.Flags {
			b.WriteString("  " + g.Flags[i].Head() + "\n" + fill(plain(g.Flags[i].Text()), "        "))
		}
	}
	writePlaceholders(b, p.PlaceholdersOf(c))
	writeExample(b, c.Examples)
	writeExit(b, c.Exit)
}

func writeSub(b *strings.Builder, c *Command) {
	if len(c.Sub) == 0 {
		return
	}
	b.WriteString("\nCommands:\n")
	for _, sub := range c.Sub {
		writeColumns(b, sub.Name, sub.Summary)
	}
}

func writeArgs(b *strings.Builder, args []Arg) {
	if len(args) == 0 {
		return
	}
	b.WriteString("\nArguments:\n")
	for _, a := range args {
		writeColumns(b, a.Name, a.Doc)
	}
}

func writePlaceholders(b *strings.Builder, list []Placeholder) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\nPlaceholders:\n")
	for _, ph := range list {
		writeColumns(b, ph.Name, ph.Doc)
	}
}

func writeExample(b *strings.Builder, examples []Example) {
	if len(examples) > 0 {
		b.WriteString("\nExamples:\n")
	}
	for _, e := range examples {
		b.WriteString(fill(e.Doc+":", "  ") + "      " + e.Line + "\n")
	}
}

func writeExit(b *strings.Builder, exit []Exit) {
	if len(exit) == 0 {
		return
	}
	b.WriteString("\nEXIT STATUS:\n")
	for _, e := range exit {
		writeColumns(b, e.Code, e.Doc)
	}
}
