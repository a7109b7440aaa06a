package cli

import (
	"errors"
	"os"
)

// Stdio are the three standard streams of a call.
type Stdio struct{ In, Out, Err *os.File }

// Call is one use of a command.
type Call struct {
	Program *Program
	Command *Command
	Line    Line
	Stdio
}

// Path returns the words that call the command.
func (c *Call) Path() string { return c.Program.Path(c.Command) }

// Main runs the command that args (without the program's own name) ask for and
// returns the exit status, which is never 0 when something failed.
func (p *Program) Main(args []string, std Stdio) int {
	code, err := p.dispatch(args, std)
	if err == nil {
		return code
	}
	std.Err.WriteString(p.Report(err))
	return max(code, 1)
}

func (p *Program) dispatch(args []string, std Stdio) (int, error) {
	c, rest := p.Find(args)
	if c == nil {
		return p.overview(args, std)
	}
	call := &Call{Program: p, Command: c, Stdio: std}
	if c.Run == nil {
		return p.parent(c, rest, std)
	}
	var err error
	if call.Line, err = Parse(p, c, rest); err != nil {
		return call.UsageExit(), err
	}
	if call.Line.Help != HelpNone {
		return 0, std.print(p.Help(c, call.Line.Help))
	}
	return c.Run(call)
}

// UsageExit is the exit status for a command line that cannot be obeyed.
func (c *Call) UsageExit() int { return usageExit(c.Command) }

func usageExit(c *Command) int {
	if c.UsageExit != 0 {
		return c.UsageExit
	}
	return 2
}

// overview answers a line that names no command.
func (p *Program) overview(args []string, std Stdio) (int, error) {
	if len(args) == 0 {
		std.Err.WriteString(p.Overview(HelpShort))
		return 2, nil
	}
	switch args[0] {
	case "-h":
		return 0, std.print(p.Overview(HelpShort))
	case "--help":
		return 0, std.print(p.Overview(HelpLong))
	case "--version", "-V":
		return 0, std.print(p.Name + " " + *p.Version + "\n")
	}
	return 2, p.UnknownCommand(args)
}

// parent answers a line that stops at a command with commands below it.
func (p *Program) parent(c *Command, rest []string, std Stdio) (int, error) {
	switch {
	case len(rest) == 0:
		return usageExit(c), &Error{Text: c.Name + ": which one?", Hint: choose("", names(c.Sub))}
	case rest[0] == "-h":
		return 0, std.print(p.Help(c, HelpShort))
	case rest[0] == "--help":
		return 0, std.print(p.Help(c, HelpLong))
	}
	return usageExit(c), p.UnknownBelow(c, rest[0])
}

// UnknownBelow explains a word that names no command below c.
func (p *Program) UnknownBelow(c *Command, word string) error {
	if len(c.Sub) == 0 {
		return &Error{Text: p.Path(c) + " has no command below it: " + quoteUnsafe(word), Hint: p.Name + " help " + p.Path(c) + " explains all of it"}
	}
	return &Error{Text: p.Path(c) + ": unknown command " + quoteUnsafe(word), Hint: choose(word, names(c.Sub))}
}

// UnknownCommand explains words that name no command.
func (p *Program) UnknownCommand(words []string) error {
	err := &Error{Text: "unknown command " + quoteUnsafe(words[0])}
	for _, f := range p.Foreign {
		if f.Name == words[0] {
			err.Hint = f.Use
			return err
		}
	}
	near := nearest(words[0], names(p.Commands))
	switch {
	case near != "":
		err.Hint = "did you mean " + p.Name + " " + near + "?"
	case words[0][:min(1, len(words[0]))] == "-":
		err.Text = "unknown flag " + quoteUnsafe(words[0]) + " before any command"
		err.Hint = "flags follow the command, as in " + p.Name + " " + p.Commands[0].Name + " " + quoteUnsafe(words[0])
	default:
		err.Hint = "to run a program: " + p.Name + " " + p.Commands[0].Name + " -- " + quoteUnsafe(words[0]) + "; " + p.Name + " --help lists the commands"
	}
	return err
}

func names(commands []*Command) []string {
	var list []string
	for _, c := range commands {
		list = append(list, c.Name)
	}
	return list
}

// Report is the text that a failure is printed as.
func (p *Program) Report(err error) string {
	text := p.Name + ": " + Printable(err.Error()) + "\n"
	if e, ok := errors.AsType[*Error](err); ok && e.Hint != "" {
		text += "hint: " + Printable(e.Hint) + "\n"
	}
	return text
}

// Print writes to standard output and says so when that fails.
func (c *Call) Print(text string) error { return c.print(text) }

func (std Stdio) print(text string) error {
	if _, err := std.Out.WriteString(text); err != nil {
		return std.Unwritten(err)
	}
	return nil
}

// Unwritten is the error of standard output.
func (std Stdio) Unwritten(err error) error {
	return &Error{Text: "cannot write to standard output: " + err.Error(), Hint: "is the disk full?", Err: err}
}
