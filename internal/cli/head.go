package cli

import "strings"

// Head is the flag as the help shows it: "-w, --workdir DIR".
func (f *Flag) Head() string {
	head := "    --" + f.Long
	if f.Short != "" {
		head = "-" + f.Short + ", --" + f.Long
	}
	return head + f.Tail()
}

// Tail is the value's part of Head, with its leading space or "[=".
func (f *Flag) Tail() string {
	switch {
	case f.Arg == "":
		return ""
	case f.Optional:
		return "[=" + f.Arg + "]"
	case f.List:
		return " " + f.Arg + "[,...]"
	}
	return " " + f.Arg
}

// Text is the whole description, made of Doc, More, Values and Default.
func (f *Flag) Text() string {
	text := upper(f.Doc) + "."
	if f.More != "" {
		text += " " + f.More
	}
	if f.Closed {
		text += " One of: " + strings.Join(f.Values, ", ") + "."
	}
	if f.Repeat {
		text += " May be repeated."
	}
	if f.Default != "" {
		text += " Default: " + f.Default + "."
	}
	return text
}

// upper turns the first letter of a sentence into a capital, unless the
// sentence begins with something that must stay as it is.
func upper(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// PlaceholdersOf lists the placeholders that a command's flags use, in the
// order of the program's table.
func (p *Program) PlaceholdersOf(c *Command) []Placeholder {
	used := ""
	for f := range c.flags {
		used += " " + strings.Join(f.Placeholders(), " ")
	}
	used += " "
	var list []Placeholder
	for _, ph := range p.Placeholders {
		if strings.Contains(used, " "+ph.Name+" ") {
			list = append(list, ph)
		}
	}
	return list
}
