package cli

import "strings"

// Problems lists what is wrong with a program's tables: what would make a flag
// unreachable, unexplained or misleading. Tests ask for it.
func (p *Program) Problems() []string {
	l := linter{program: p}
	l.commands("", p.Commands)
	for _, ph := range p.Placeholders {
		l.check(strings.Contains(l.used, " "+ph.Name+" "), "placeholder "+ph.Name, "no flag uses it")
	}
	return l.found
}

type linter struct {
	program *Program
	found   []string
	used    string
}

func (l *linter) check(ok bool, where, problem string) {
	if !ok {
		l.found = append(l.found, where+": "+problem)
	}
}

func (l *linter) commands(path string, list []*Command) {
	seen := map[string]bool{}
	for _, c := range list {
		where := strings.TrimPrefix(path+" "+c.Name, " ")
		l.check(!seen[c.Name], where, "the name is taken")
		seen[c.Name] = true
		l.command(where, c)
		l.commands(where, c.Sub)
	}
}

func (l *linter) command(where string, c *Command) {
	l.line(where, c.Summary)
	l.check(len(c.Forms) > 0, where, "no usage form")
	l.check(len(c.Examples) > 0, where, "no example")
	l.check(len(c.Exit) > 0, where, "no exit status")
	l.check((c.Run == nil) == (len(c.Sub) > 0), where, "needs either Run or commands below it")
	l.args(where, c.Args)
	seen := map[string]bool{"-h": true, "--help": true}
	for f := range c.flags {
		l.flag(where+" --"+f.Long, f)
		for _, name := range flagNames(f) {
			l.check(!seen[name], where+" "+name, "the name is taken")
			seen[name] = true
		}
	}
	for _, f := range c.Foreign {
		l.check(!c.has(f.Name), where+" "+f.Name, "a foreign name that is a flag here")
		l.check(f.Use != "", where+" "+f.Name, "no advice")
	}
}

func flagNames(f *Flag) []string {
	if f.Short == "" {
		return []string{"--" + f.Long}
	}
	return []string{"--" + f.Long, "-" + f.Short}
}

func (l *linter) flag(where string, f *Flag) {
	l.line(where, f.Doc)
	l.check((f.Set == nil) == f.Early, where, "needs either Set or Early")
	l.check(f.Long == strings.ToLower(f.Long) && len(f.Long) > 1 && !strings.ContainsAny(f.Long, " =_"), where, "not a name such as --some-flag")
	l.check(len(f.Short) <= 1, where, "the short name is too long")
	l.check(!f.Closed || len(f.Values) > 0, where, "closed, but no values")
	l.check(f.Arg != "" || !f.Optional && !f.List && f.Complete == CompleteNothing, where, "has no value, but something about one")
	l.check(f.More == "" || strings.HasSuffix(f.More, ".") || strings.HasSuffix(f.More, "`"), where, "More does not end as a sentence")
	for _, name := range f.Placeholders() {
		_, known := l.program.Placeholder(name)
		l.check(known, where, "placeholder "+name+" is not explained")
		l.used += " " + name + " "
	}
}

// line checks a text that must fit on one line of the short help.
func (l *linter) line(where, text string) {
	l.check(text != "", where, "no description")
	l.check(len(text) <= 72, where, "the description is too long for one line")
	l.check(!strings.HasSuffix(text, ".") && !strings.Contains(text, "\n"), where, "the description is more than one line without a full stop")
	for _, r := range text {
		l.check(r >= ' ' && r <= '~', where, "the description holds more than plain ASCII")
	}
}

// args checks that what may be missing or repeated comes last.
func (l *linter) args(where string, args []Arg) {
	for i, a := range args {
		l.check(a.Doc != "", where+" "+a.Name, "no description")
		l.check(!a.Repeat || i == len(args)-1, where+" "+a.Name, "repeated, but not the last")
		l.check(i == 0 || a.Optional || !args[i-1].Optional, where+" "+a.Name, "needed, but after one that is not")
	}
}
