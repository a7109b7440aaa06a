package cli

import "strings"

// Help says which help the line asks for.
type Help uint8

// The kinds of help: none, -h and --help.
const (
	HelpNone Help = iota
	HelpShort
	HelpLong
)

// Given is one flag as it was written.
type Given struct {
	Flag *Flag
	// Written is the name as it was written, with its dashes.
	Written string
	Value   string
	// Bare is set when a flag with an optional value came without it.
	Bare bool
}

// Line is a command line, taken apart but not yet acted upon.
type Line struct {
	Given []Given
	// Words are those that are not flags.
	Words []string
	Help  Help
}

// Parse takes the words after the command's name apart. It knows --flag=value,
// --flag value, -f value, -fvalue, bundles such as -it, and -- as the end of
// the options. Names are never abbreviated: a script must not break when a
// flag is added. The error is an [*Error].
func Parse(p *Program, c *Command, args []string) (Line, error) {
	ps := parser{program: p, command: c, rest: args}
	for len(ps.rest) > 0 && !ps.ended {
		if err := ps.word(ps.next()); err != nil {
			return ps.line, err
		}
	}
	ps.line.Words = append(ps.line.Words, ps.rest...)
	if ps.line.Help != HelpNone {
		return ps.line, nil
	}
	return ps.line, ps.checkWords()
}

type parser struct {
	program *Program
	command *Command
	rest    []string
	ended   bool
	line    Line
}

func (ps *parser) next() string {
	w := ps.rest[0]
	ps.rest = ps.rest[1:]
	return w
}

func (ps *parser) word(w string) error {
	switch {
	case w == "--":
		ps.ended = true
		return nil
	case strings.HasPrefix(w, "--"):
		return ps.longFlag(w)
	case len(w) > 1 && w[0] == '-':
		return ps.shortFlags(w)
	}
	ps.ended = ps.command.OptionsFirst
	ps.line.Words = append(ps.line.Words, w)
	return nil
}

func (ps *parser) longFlag(w string) error {
	name, value, hasValue := strings.Cut(w[2:], "=")
	if name == "help" {
		return ps.help(HelpLong)
	}
	f := ps.command.long(name)
	if f == nil {
		return ps.unknown("--" + name)
	}
	return ps.give(f, "--"+name, value, hasValue)
}

// shortFlags reads a bundle: letters without values, and at most one last with a value.
func (ps *parser) shortFlags(w string) error {
	if name, _, _ := strings.Cut(w, "="); len(name) > 2 && ps.command.long(name[1:]) != nil {
		return ps.fail("unknown flag "+quoteUnsafe(w), "did you mean -"+name+", with two dashes?")
	}
	for letters := w[1:]; letters != ""; letters = letters[1:] {
		name := "-" + letters[:1]
		if name == "-h" {
			return ps.help(HelpShort)
		}
		f := ps.command.short(letters[:1])
		if f == nil {
			return ps.unknownShort(name, w)
		}
		if f.Arg == "" {
			if strings.HasPrefix(letters[1:], "=") {
				return ps.give(f, name, letters[2:], true)
			}
			ps.add(f, name, "", false)
			continue
		}
		value := letters[1:]
		return ps.give(f, name, strings.TrimPrefix(value, "="), value != "")
	}
	return nil
}

func (ps *parser) help(kind Help) error {
	ps.line.Help, ps.ended, ps.rest = kind, true, nil
	return nil
}

// give records a flag, and takes the next word as its value where it needs one.
func (ps *parser) give(f *Flag, name, value string, hasValue bool) error {
	switch {
	case f.Arg == "" && hasValue:
		return ps.fail(name+"="+value+": "+name+" takes no value", "write just "+name)
	case f.Arg == "" || f.Optional && !hasValue:
		ps.add(f, name, "", f.Arg != "")
		return nil
	case !hasValue && len(ps.rest) == 0:
		return ps.fail(name+" needs a value", ps.shape(f, name))
	case !hasValue && ps.isFlag(ps.rest[0]):
		return ps.fail(name+" needs a value, but another flag follows: "+ps.rest[0], ps.shape(f, name))
	case !hasValue:
		value = ps.next()
	}
	return ps.addValues(f, name, value)
}

// isFlag reports whether w is surely a flag: "-1" may be a value, "--rm" not.
func (ps *parser) isFlag(w string) bool {
	if w == "--" {
		return true
	}
	if long, ok := strings.CutPrefix(w, "--"); ok {
		name, _, _ := strings.Cut(long, "=")
		return name == "help" || ps.command.long(name) != nil
	}
	return len(w) > 1 && w[0] == '-' && (w[1] == 'h' || ps.command.short(w[1:2]) != nil)
}

func (ps *parser) addValues(f *Flag, name, value string) error {
	if !f.List {
		return ps.addChecked(f, name, value)
	}
	for part := range strings.SplitSeq(value, ",") {
		if part == "" {
			return ps.fail(name+" "+quote(value)+": an empty entry in the list", "part the entries by single commas")
		}
		if err := ps.addChecked(f, name, part); err != nil {
			return err
		}
	}
	return nil
}

func (ps *parser) addChecked(f *Flag, name, value string) error {
	if f.Closed && !contains(f.Values, value) {
		return ps.fail(name+" "+quote(value)+": no such choice", choose(value, f.Values))
	}
	ps.add(f, name, value, false)
	return nil
}

func (ps *parser) add(f *Flag, name, value string, bare bool) {
	ps.line.Given = append(ps.line.Given, Given{Flag: f, Written: name, Value: value, Bare: bare})
}

// shape says how the flag's value looks, in words if its placeholder has some.
func (ps *parser) shape(f *Flag, name string) string {
	return shape(ps.program, f, name)
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}
