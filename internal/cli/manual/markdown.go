package manual

import (
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// Reference is a command's page of the Markdown reference.
func Reference(p *cli.Program, c *cli.Command) string {
	m := markdown{}
	path := p.Name + " " + p.Path(c)
	m.line("<!-- Made from the command tables; do not edit. -->")
	m.line("# " + path + "\n\n" + upper(c.Summary) + ".\n")
	m.forms(path, c.Forms)
	if c.Long != "" {
		m.line(markup(c.Long) + "\n")
	}
	m.commands(p, c.Sub)
	m.args(c.Args)
	for _, g := range c.AllGroups() {
		m.line("## " + g.Title + "\n")
		for i := range g.Flags {
			m.flag(&g.Flags[i])
		}
		m.line("")
	}
	m.placeholders(p.PlaceholdersOf(c))
	m.examples(c.Examples)
	m.exit(c.Exit)
	return m.text()
}

// Index is the page that leads to the commands' pages.
func Index(p *cli.Program) string {
	m := markdown{}
	m.line("<!-- Made from the command tables; do not edit. -->")
	m.line("# " + p.Name + "\n\n" + upper(p.Summary) + ".\n")
	m.line(markup(p.Long) + "\n")
	m.commands(p, p.Commands)
	m.examples(p.Examples)
	m.exit(p.Exit)
	return m.text()
}

// File is the name of a command's page.
func File(p *cli.Program, c *cli.Command) string {
	return strings.ReplaceAll(p.Path(c), " ", "-") + ".md"
}

type markdown struct{ b strings.Builder }

func (m *markdown) line(s string) { m.b.WriteString(s + "\n") }

func (m *markdown) text() string { return strings.TrimRight(m.b.String(), "\n") + "\n" }

func (m *markdown) forms(path string, forms []string) {
	m.line("```")
	for _, form := range forms {
		m.line(strings.TrimRight(path+" "+form, " "))
	}
	m.line("```\n")
}

func (m *markdown) commands(p *cli.Program, list []*cli.Command) {
	if len(list) == 0 {
		return
	}
	m.line("## Commands\n\n| command | what it does |\n|---|---|")
	for _, c := range list {
		m.row("["+c.Name+"]("+File(p, c)+")", c.Summary)
	}
	m.line("")
}

func (m *markdown) args(args []cli.Arg) {
	if len(args) == 0 {
		return
	}
	m.line("## Arguments\n\n| argument | meaning |\n|---|---|")
	for _, a := range args {
		m.row("`"+a.Name+"`", a.Doc)
	}
	m.line("")
}

func (m *markdown) flag(f *cli.Flag) {
	name := "--" + f.Long
	if f.Short != "" {
		name = "-" + f.Short + ", " + name
	}
	m.line("- `" + name + f.Tail() + "`  \n  " + markup(f.Text()))
}

func (m *markdown) placeholders(list []cli.Placeholder) {
	if len(list) == 0 {
		return
	}
	m.line("## Placeholders\n\n| placeholder | meaning |\n|---|---|")
	for _, ph := range list {
		m.row("`"+ph.Name+"`", ph.Doc)
	}
	m.line("")
}

func (m *markdown) examples(list []cli.Example) {
	if len(list) == 0 {
		return
	}
	m.line("## Examples\n")
	for _, e := range list {
		m.line(markup(e.Doc) + ":\n\n```sh\n" + e.Line + "\n```\n")
	}
}

func (m *markdown) exit(list []cli.Exit) {
	if len(list) == 0 {
		return
	}
	m.line("## EXIT STATUS\n\n| status | meaning |\n|---|---|")
	for _, e := range list {
		m.row(e.Code, e.Doc)
	}
}

func (m *markdown) row(left, right string) {
	m.line("| " + cell(left) + " | " + cell(markup(right)) + " |")
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// markup escapes what Markdown would interpret, outside of back quotes and of
// paragraphs that are shown as they are.
func markup(s string) string {
	paragraphs := strings.Split(s, "\n\n")
	for i, paragraph := range paragraphs {
		if !strings.HasPrefix(paragraph, "    ") {
			paragraphs[i] = inline(paragraph)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

func inline(s string) string {
	parts := strings.Split(s, "`")
	for i := range parts {
		if i%2 == 0 {
			parts[i] = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`).Replace(parts[i])
		}
	}
	return strings.Join(parts, "`")
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
