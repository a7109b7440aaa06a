package completion

import (
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// Zsh returns the completion script for zsh 5: a file "_NAME" in $fpath, or
// sourced after compinit.
func Zsh(p *cli.Program) string {
	s := script{}
	fn := "_" + p.Name
	s.line("#compdef " + p.Name)
	s.line("# zsh completion for " + p.Name + ", made from the command tables; do not edit.")
	s.line(fn + "_sandboxes() {\n    local -a found\n    found=(${(f)\"$(" + p.Name + " ps --quiet 2>/dev/null)\"})\n    compadd -a found\n}")
	s.line(fn + "_or() { # fixed words, and after -- what else to offer\n    local -a fixed\n    fixed=(${@[1,${@[(i)--]}-1]})\n    compadd -a fixed\n    ${@[${@[(i)--]}+1,-1]}\n}")
	for _, c := range p.All() {
		s.zshCommand(p, c)
	}
	s.zshChoice(fn+"_commands", p.Commands)
	s.line(strings.NewReplacer("FN", fn).Replace(zshBody))
	s.line(strings.NewReplacer("FN", fn, "NAME", p.Name).Replace(zshEnd))
	return s.b.String()
}

func (s *script) zshCommand(p *cli.Program, c *cli.Command) {
	fn := "_" + p.Name + "_" + strings.ReplaceAll(p.Path(c), " ", "_")
	if len(c.Sub) > 0 {
		s.zshChoice(fn+"_commands", c.Sub)
		s.line(strings.NewReplacer("FN", fn).Replace(zshBody))
		return
	}
	s.line(fn + "() {")
	s.line("    _arguments -s -S : \\")
	for _, g := range c.AllGroups() {
		for i := range g.Flags {
			s.line("        " + zshFlag(p, &g.Flags[i]) + " \\")
		}
	}
	for i := range c.Args {
		s.line("        " + zshArg(p, c, i) + " \\")
	}
	s.line("        && return 0\n}")
}

// zshFlag is one option specification of _arguments.
func zshFlag(p *cli.Program, f *cli.Flag) string {
	star := ""
	if f.Repeat {
		star = "*"
	}
	doc := "[" + zshEscape(f.Doc) + "]" + zshValue(p, f)
	if f.Short == "" {
		return single(star + "--" + f.Long + zshJoin(f, "=") + doc)
	}
	exclude := "(-" + f.Short + " --" + f.Long + ")"
	if f.Repeat {
		exclude = "*"
	}
	return single(exclude) + "{-" + f.Short + zshJoin(f, "+") + ",--" + f.Long + zshJoin(f, "=") + "}" + single(doc)
}

// zshJoin says how the value follows the name: "=" for "--x=v" and "--x v",
// "=-" for "--x=v" only, "+" for "-xv" and "-x v".
func zshJoin(f *cli.Flag, join string) string {
	switch {
	case f.Arg == "":
		return ""
	case f.Optional:
		return "=-"
	}
	return join
}

func zshValue(p *cli.Program, f *cli.Flag) string {
	if f.Arg == "" {
		return ""
	}
	colon := ":"
	if f.Optional {
		colon = "::"
	}
	return colon + zshEscape(f.Arg) + ":" + zshAction(p, f.Complete, f.Values)
}

func zshArg(p *cli.Program, c *cli.Command, i int) string {
	a := c.Args[i]
	message := zshEscape(a.Name)
	switch {
	case a.Repeat && c.OptionsFirst:
		return single("*::" + message + ":" + zshRest(i))
	case a.Repeat:
		return single("*:" + message + ":" + zshAction(p, a.Complete, a.Values))
	case c.OptionsFirst:
		return single("(-)" + zshNumber(i, a.Optional) + message + ":" + zshAction(p, a.Complete, a.Values))
	}
	return single(zshNumber(i, a.Optional) + message + ":" + zshAction(p, a.Complete, a.Values))
}

// zshRest completes what a command line that begins at word at would complete;
// "*::" has left only the words that are no options.
func zshRest(at int) string {
	return "{" + strings.Repeat("shift words; (( CURRENT-- )); ", at-1) + "_normal}"
}

func zshNumber(i int, optional bool) string {
	if optional {
		return strconv.Itoa(i+1) + "::"
	}
	return strconv.Itoa(i+1) + ":"
}

func zshAction(p *cli.Program, kind cli.Completion, values []string) string {
	action := zshKind(p, kind)
	if len(values) == 0 {
		return action
	}
	list := "(" + strings.Join(values, " ") + ")"
	if action == " " {
		return list
	}
	return " _" + p.Name + "_or " + strings.Join(values, " ") + " -- " + action
}

func zshKind(p *cli.Program, kind cli.Completion) string {
	switch kind {
	case cli.CompleteFile:
		return "_files"
	case cli.CompleteDir:
		return "_files -/"
	case cli.CompleteSandbox:
		return "_" + p.Name + "_sandboxes"
	case cli.CompleteCommand:
		return "_command_names -e"
	case cli.CompleteVariable:
		return "_parameters"
	case cli.CompleteVerb:
		return "_" + p.Name + "_commands"
	}
	return " "
}

// zshChoice is a function that offers commands.
func (s *script) zshChoice(fn string, commands []*cli.Command) {
	s.line(fn + "() {\n    local -a list=(")
	for _, c := range commands {
		s.line("        " + single(c.Name+":"+zshEscape(c.Summary)))
	}
	s.line("    )\n    _describe command list\n}")
}

// zshEscape protects what ends a part of an _arguments specification.
func zshEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ":", `\:`, "[", `\[`, "]", `\]`).Replace(text(s))
}

// zshBody hands over to the function of the command that is the first word.
const zshBody = `FN() {
    local curcontext=$curcontext state line
    local -A opt_args
    _arguments -C '(- *)'{-h,--help}'[show help]' '1:command:FN_commands' '*::argument:->argument' && return 0
    [[ $state == argument ]] || return 1
    curcontext=${curcontext%:*}-$words[1]:
    (( $+functions[FN_$words[1]] )) && FN_$words[1]
}`

// zshEnd: autoloaded from $fpath, the file is the body of the function at its
// first call; sourced, it has to register the function itself.
const zshEnd = `if [[ $funcstack[1] == FN ]]; then
    FN "$@"
else
    compdef FN NAME
fi`
