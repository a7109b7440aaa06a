package cli

import "strings"

// Overview is the program's own help.
func (p *Program) Overview(kind Help) string {
	var b strings.Builder
	b.WriteString(p.Name + " - " + p.Summary + "\n\n")
	writeForms(&b, p.Name, []string{"COMMAND [OPTIONS] [ARGUMENTS]", "COMMAND --help"})
	if kind == HelpLong && p.Long != "" {
		b.WriteString("\n" + fill(plain(p.Long), ""))
	}
	b.WriteString("\nCommands:\n")
	for _, c := range p.Commands {
		writeColumns(&b, c.Name, c.Summary)
	}
	writeExample(&b, p.Examples)
	if kind == HelpLong {
		writeExit(&b, p.Exit)
	}
	return b.String()
}
