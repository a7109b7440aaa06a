package cli

// helpFlags belong to every command; the parser handles them itself.
var helpFlags = []Flag{
	{Short: "h", Long: "help", Doc: "-h shows the most used options, --help all of them"},
}

// flags calls yield for each flag until it returns false.
func (c *Command) flags(yield func(*Flag) bool) {
	for i := range c.Groups {
		for j := range c.Groups[i].Flags {
			if !yield(&c.Groups[i].Flags[j]) {
				return
			}
		}
	}
}

func (c *Command) long(name string) *Flag {
	for f := range c.flags {
		if f.Long == name {
			return f
		}
	}
	return nil
}

func (c *Command) short(letter string) *Flag {
	for f := range c.flags {
		if f.Short == letter {
			return f
		}
	}
	return nil
}

// AllGroups returns the command's groups and the one that every command has.
func (c *Command) AllGroups() []Group {
	groups := append([]Group(nil), c.Groups...)
	return append(groups, Group{Title: "Help", Flags: helpFlags})
}

// Find walks down the words that name commands. It returns the command, or
// nil, and the words that are left.
func (p *Program) Find(words []string) (*Command, []string) {
	var found *Command
	for level := p.Commands; len(words) > 0; words = words[1:] {
		next := pick(level, words[0])
		if next == nil {
			break
		}
		found, level = next, next.Sub
	}
	return found, words
}

func pick(commands []*Command, name string) *Command {
	for _, c := range commands {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Path returns the words that call the command, such as "profile show".
func (p *Program) Path(c *Command) string {
	for _, top := range p.Commands {
		if top == c {
			return c.Name
		}
		for _, sub := range top.Sub {
			if sub == c {
				return top.Name + " " + c.Name
			}
		}
	}
	return c.Name
}

// All returns every command and the commands below it, in order.
func (p *Program) All() []*Command {
	var all []*Command
	for _, c := range p.Commands {
		all = append(all, c)
		all = append(all, c.Sub...)
	}
	return all
}

// Placeholder returns what a word in capitals means.
func (p *Program) Placeholder(name string) (string, bool) {
	for _, known := range p.Placeholders {
		if known.Name == name {
			return known.Doc, true
		}
	}
	return "", false
}

// Placeholders returns the words in capitals (and digits) in a flag's Arg: of
// "SRC[:DST]", SRC and DST.
func (f *Flag) Placeholders() []string {
	var names []string
	for rest := f.Arg; rest != ""; {
		n := 0
		for n < len(rest) && rest[n] >= 'A' && rest[n] <= 'Z' {
			n++
		}
		if n > 0 {
			names = append(names, rest[:n])
		}
		rest = rest[min(n+1, len(rest)):]
	}
	return names
}
