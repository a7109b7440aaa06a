package cli

import (
	"strconv"
	"strings"
)

// Error is a failure and what to do about it.
type Error struct {
	// Text says what failed, on which object and why; it begins in lower case.
	Text string
	// Hint says what to do, or is empty.
	Hint string
	// Err is the cause for errors.Is, or nil.
	Err error
}

func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func (ps *parser) fail(text, hint string) error {
	return &Error{Text: ps.program.Path(ps.command) + ": " + text, Hint: hint}
}

// unknown explains a flag that this command does not have: another tool's name
// for one, one of another command, or a slip of the finger.
func (ps *parser) unknown(name string) error {
	text := "unknown flag " + quoteUnsafe(name)
	for _, f := range ps.command.Foreign {
		if f.Name == name {
			return ps.fail(text, "here it is "+f.Use)
		}
	}
	if near := nearest(name, ps.flagNames()); near != "" {
		return ps.fail(text, "did you mean "+near+"?")
	}
	if other := ps.owner(name); other != "" {
		return ps.fail(text, name+" is a flag of "+ps.program.Name+" "+other)
	}
	return ps.fail(text, ps.helpCommand()+" lists the flags"+ps.separator())
}

// unknownShort names the word around the letter.
func (ps *parser) unknownShort(name, word string) error {
	for _, f := range ps.command.Foreign {
		if f.Name == word {
			return ps.unknown(word)
		}
	}
	if len(word) == 2 {
		return ps.unknown(name)
	}
	err := ps.unknown(name).(*Error)
	err.Text += " in " + quoteUnsafe(word)
	return err
}

func (ps *parser) flagNames() []string {
	names := []string{"--help"}
	for f := range ps.command.flags {
		names = append(names, "--"+f.Long)
	}
	return names
}

// owner returns the first other command that has the flag.
func (ps *parser) owner(name string) string {
	for _, c := range ps.program.All() {
		if c != ps.command && c.has(name) {
			return ps.program.Path(c)
		}
	}
	return ""
}

func (c *Command) has(name string) bool {
	if long, ok := strings.CutPrefix(name, "--"); ok {
		return c.long(long) != nil
	}
	return c.short(name[1:]) != nil
}

func (ps *parser) helpCommand() string {
	return ps.program.Name + " " + ps.program.Path(ps.command) + " --help"
}

// separator reminds of "--" where a command with options of its own may follow.
func (ps *parser) separator() string {
	if ps.command.OptionsFirst {
		return `; put "--" before a command that begins with a dash`
	}
	return ""
}

// shape says how a flag's value looks.
func shape(p *Program, f *Flag, name string) string {
	text := "write " + name + " " + f.Arg
	if f.Optional {
		text = "write " + name + "=" + f.Arg
	}
	if f.Closed {
		text += ", one of " + strings.Join(f.Values, ", ")
	}
	for _, placeholder := range f.Placeholders() {
		if doc, ok := p.Placeholder(placeholder); ok {
			text += "; " + placeholder + " is " + doc
		}
	}
	return text
}

func quote(s string) string { return strconv.Quote(s) }

// quoteUnsafe quotes a name only if it could upset the terminal or the reader.
func quoteUnsafe(s string) string {
	if s == "" {
		return quote(s)
	}
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return quote(s)
		}
	}
	return s
}
