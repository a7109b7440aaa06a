// Package manual writes manual pages and the Markdown reference from the
// command tables of package cli.
package manual

import (
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// Page is the manual page of one command in man(7) macros.
func Page(p *cli.Program, c *cli.Command) string {
	path := p.Name + " " + p.Path(c)
	r := roff{}
	r.title(strings.ReplaceAll(path, " ", "-"), p)
	r.section("NAME")
	r.text(strings.ReplaceAll(path, " ", "-") + " - " + c.Summary)
	r.section("SYNOPSIS")
	r.forms(path, c.Forms)
	if c.Long != "" {
		r.section("DESCRIPTION")
		r.text(c.Long)
	}
	r.commands(c.Sub)
	r.args(c.Args)
	r.options(c)
	r.placeholders(p.PlaceholdersOf(c))
	r.examples(c.Examples)
	r.exit(c.Exit)
	r.see(p, c)
	return r.b.String()
}

// Overview is the manual page of the program itself.
func Overview(p *cli.Program) string {
	r := roff{}
	r.title(p.Name, p)
	r.section("NAME")
	r.text(p.Name + " - " + p.Summary)
	r.section("SYNOPSIS")
	r.forms(p.Name, []string{"COMMAND [OPTIONS] [ARGUMENTS]"})
	r.section("DESCRIPTION")
	r.text(p.Long)
	r.commands(p.Commands)
	r.placeholders(p.Placeholders)
	r.examples(p.Examples)
	r.exit(p.Exit)
	r.see(p, nil)
	return r.b.String()
}

type roff struct{ b strings.Builder }

func (r *roff) line(s string) { r.b.WriteString(s + "\n") }

func (r *roff) title(name string, p *cli.Program) {
	r.line(`.\" Made from the command tables; do not edit.`)
	r.line(`.TH "` + escape(strings.ToUpper(name)) + `" "1" "" "` + escape(p.Name) + `" "` + escape(p.Name) + ` manual"`)
	r.line(".nh")
	r.line(".ad l")
}

func (r *roff) section(name string)    { r.line(".SH " + name) }
func (r *roff) subsection(name string) { r.line(".SS " + escape(name)) }

// text writes paragraphs; those indented by four spaces as they are.
func (r *roff) text(s string) {
	for i, paragraph := range strings.Split(s, "\n\n") {
		if i > 0 {
			r.line(".PP")
		}
		r.paragraph(paragraph)
	}
}

func (r *roff) paragraph(s string) {
	code, isCode := strings.CutPrefix(s, "    ")
	if !isCode {
		r.line(prose(strings.ReplaceAll(s, "\n", " ")))
		return
	}
	r.line(".RS 4\n.nf")
	for line := range strings.SplitSeq(code, "\n") {
		r.line(escape(strings.TrimPrefix(line, "    ")))
	}
	r.line(".fi\n.RE")
}

func (r *roff) forms(path string, forms []string) {
	for i, form := range forms {
		if i > 0 {
			r.line(".br")
		}
		r.line(`\fB` + escape(path) + `\fR ` + escape(form))
	}
}

func (r *roff) commands(list []*cli.Command) {
	if len(list) == 0 {
		return
	}
	r.section("COMMANDS")
	for _, c := range list {
		r.item(`\fB`+escape(c.Name)+`\fR`, c.Summary)
	}
}

func (r *roff) args(args []cli.Arg) {
	if len(args) == 0 {
		return
	}
	r.section("ARGUMENTS")
	for _, a := range args {
		r.item(`\fI`+escape(a.Name)+`\fR`, a.Doc)
	}
}

func (r *roff) options(c *cli.Command) {
	r.section("OPTIONS")
	for _, g := range c.AllGroups() {
		r.subsection(g.Title)
		for i := range g.Flags {
			r.item(head(&g.Flags[i]), g.Flags[i].Text())
		}
	}
}

// head is a flag with its names in bold and its value in italics.
func head(f *cli.Flag) string {
	s := ""
	if f.Short != "" {
		s = `\fB` + escape("-"+f.Short) + `\fR, `
	}
	return s + `\fB` + escape("--"+f.Long) + `\fR\fI` + escape(f.Tail()) + `\fR`
}

func (r *roff) placeholders(list []cli.Placeholder) {
	if len(list) == 0 {
		return
	}
	r.section("PLACEHOLDERS")
	for _, ph := range list {
		r.item(`\fI`+escape(ph.Name)+`\fR`, ph.Doc)
	}
}

func (r *roff) examples(list []cli.Example) {
	if len(list) == 0 {
		return
	}
	r.section("EXAMPLES")
	for _, e := range list {
		r.line(".PP")
		r.line(prose(e.Doc + ":"))
		r.line(".RS 4\n.nf\n" + escape(e.Line) + "\n.fi\n.RE")
	}
}

func (r *roff) exit(list []cli.Exit) {
	if len(list) == 0 {
		return
	}
	r.section("EXIT STATUS")
	for _, e := range list {
		r.item(`\fB`+escape(e.Code)+`\fR`, e.Doc)
	}
}

// see lists the neighbours: from a command the program, from the program all.
func (r *roff) see(p *cli.Program, c *cli.Command) {
	r.section(`"SEE ALSO"`)
	if c != nil {
		r.line(`\fB` + escape(p.Name) + `\fR(1)`)
		return
	}
	var list []string
	for _, c := range p.All() {
		list = append(list, `\fB`+escape(p.Name+"-"+strings.ReplaceAll(p.Path(c), " ", "-"))+`\fR(1)`)
	}
	r.line(strings.Join(list, ", "))
}

func (r *roff) item(tag, doc string) {
	r.line(".TP")
	r.line(tag)
	r.line(prose(doc))
}

// escape protects what roff would interpret: the backslash, the hyphen (a
// minus sign in a flag), and a dot or quote that begins a line.
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`).Replace(s)
	if strings.HasPrefix(s, ".") {
		return `\&` + s
	}
	return s
}

// prose is a text whose parts in back quotes become bold.
func prose(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		if i%2 == 0 {
			b.WriteString(escape(part))
			continue
		}
		b.WriteString(`\fB` + escape(part) + `\fR`)
	}
	return b.String()
}
