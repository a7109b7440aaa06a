// Package completion writes the shells' completion scripts from the command
// tables of package cli.
package completion

import (
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// Shells are the shells that Script knows.
var Shells = []string{"bash", "zsh", "fish"}

// Script returns the completion script for a shell, "" for one it does not know.
func Script(p *cli.Program, shell string) string {
	switch shell {
	case "bash":
		return Bash(p)
	case "zsh":
		return Zsh(p)
	case "fish":
		return Fish(p)
	}
	return ""
}

// Bash returns the completion script for bash 4 and newer. It needs no other
// package; where bash-completion is loaded, run completes the command's own
// arguments with it.
func Bash(p *cli.Program) string {
	s := script{}
	fn := "_" + p.Name
	s.line("# bash completion for " + p.Name + ", made from the command tables; do not edit.")
	s.line(fn + "_flags() { # the flags of a command")
	s.bashCase(p, bashFlags)
	s.line("}")
	s.line(fn + "_valued() { # the flags of a command that take the next word")
	s.bashCase(p, bashValued)
	s.line("}")
	s.line(fn + "_value() { # $1 command, $2 flag, $3 the beginning of the value")
	s.line("    local IFS=$' \\t\\n'")
	s.bashValues(p)
	s.line("}")
	s.line(fn + "_words() { # $1 command, $2 which word, $3 its beginning")
	s.line("    local IFS=$' \\t\\n'")
	s.bashWords(p)
	s.line("}")
	s.line(strings.NewReplacer("NAME", p.Name, "FN", fn, "COMMANDS", strings.Join(names(p.Commands), " "), "FIRST", first(p), "SUBS", subs(p)).Replace(bashBody))
	return s.b.String()
}

type script struct{ b strings.Builder }

func (s *script) line(text string) { s.b.WriteString(text + "\n") }

// bashCase prints one echo for each command that has something to say.
func (s *script) bashCase(p *cli.Program, words func(*cli.Command) []string) {
	s.line("    case $1 in")
	for _, c := range p.All() {
		if list := words(c); len(list) > 0 {
			s.line("    " + pattern(p.Path(c)) + ") echo '" + strings.Join(list, " ") + "' ;;")
		}
	}
	s.line("    esac")
}

func bashFlags(c *cli.Command) []string {
	var list []string
	for _, g := range c.AllGroups() {
		for _, f := range g.Flags {
			list = append(list, "--"+f.Long)
		}
	}
	return list
}

// bashValued lists --long and -s of the flags whose value may be the next word.
func bashValued(c *cli.Command) []string {
	var list []string
	for _, f := range valued(c) {
		if f.Optional {
			continue
		}
		list = append(list, "--"+f.Long)
		if f.Short != "" {
			list = append(list, "-"+f.Short)
		}
	}
	return list
}

func (s *script) bashValues(p *cli.Program) {
	s.line(`    case "$1 $2" in`)
	for _, c := range p.All() {
		for _, f := range valued(c) {
			if action := bashAction(p, f.Complete, f.Values); action != "" {
				s.line("    " + flagPattern(p.Path(c), f) + ") " + action + " ;;")
			}
		}
	}
	s.line("    esac")
}

func flagPattern(path string, f *cli.Flag) string {
	text := pattern(path + " --" + f.Long)
	if f.Short != "" {
		text += "|" + pattern(path+" -"+f.Short)
	}
	return text
}

// bashWords handles the words that are not flags. Of a command whose options
// come first only the first word is ours.
func (s *script) bashWords(p *cli.Program) {
	s.line(`    case "$1 $2" in`)
	for _, c := range p.All() {
		for i, a := range c.Args {
			if action := bashAction(p, a.Complete, a.Values); action != "" {
				s.line("    " + pattern(p.Path(c)) + wordNumber(i, a.Repeat) + ") " + action + " ;;")
			}
		}
	}
	s.line("    esac")
}

func wordNumber(i int, repeat bool) string {
	if repeat {
		return `\ *`
	}
	return `\ ` + strconv.Itoa(i+1)
}

// bashAction generates the words of one kind that begin with $3.
func bashAction(p *cli.Program, kind cli.Completion, values []string) string {
	var parts []string
	if len(values) > 0 {
		parts = append(parts, `compgen -W '`+strings.Join(values, " ")+`' -- "$3"`)
	}
	switch kind {
	case cli.CompleteFile:
		parts = append(parts, `compgen -f -- "$3"`)
	case cli.CompleteDir:
		parts = append(parts, `compgen -d -- "$3"`)
	case cli.CompleteSandbox:
		parts = append(parts, `compgen -W "$(`+p.Name+` ps --quiet 2>/dev/null)" -- "$3"`)
	case cli.CompleteCommand:
		parts = append(parts, `compgen -c -- "$3"`)
	case cli.CompleteVariable:
		parts = append(parts, `compgen -v -- "$3"`)
	case cli.CompleteVerb:
		parts = append(parts, `compgen -W '`+strings.Join(names(p.Commands), " ")+`' -- "$3"`)
	}
	return strings.Join(parts, "; ")
}

// pattern is a case pattern that matches s alone.
func pattern(s string) string { return strings.ReplaceAll(s, " ", `\ `) }

// first is a case body: which word begins the program's own command line.
func first(p *cli.Program) string {
	var b strings.Builder
	for _, c := range p.All() {
		if at := commandWord(c); at > 0 {
			b.WriteString("        " + pattern(p.Path(c)) + ") at=" + strconv.Itoa(at) + " ;;\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// subs is a case body that yields the commands below a command.
func subs(p *cli.Program) string {
	var b strings.Builder
	for _, c := range p.Commands {
		if len(c.Sub) > 0 {
			b.WriteString("        " + c.Name + ") below='" + strings.Join(names(c.Sub), " ") + "' ;;\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// bashBody walks the words before the cursor: which command is it, does a flag
// wait for its value, has the program's own command line begun?
const bashBody = `FN() {
    local cur=${COMP_WORDS[COMP_CWORD]} cmd='' flag='' below='' word last
    local -i i=1 count=0 ended=0 at=0
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ -n $flag ]]; then
            [[ $word == = ]] || flag=
            continue
        fi
        if [[ -z $cmd ]]; then
            cmd=$word
            case $cmd in
SUBS
            esac
            continue
        fi
        if [[ -n $below && " $below " == *" $word "* && $cmd != *' '* ]]; then
            cmd="$cmd $word" below=
            continue
        fi
        if ((!ended)) && [[ $word == -- ]]; then
            ended=1
            continue
        fi
        if ((!ended)) && [[ $word == -?* ]]; then
            last=$word
            [[ $word == --* ]] || last=-${word: -1}
            if [[ " $(FN_valued "$cmd") " == *" $last "* || ${COMP_WORDS[i + 1]} == = ]]; then
                flag=$last
            fi
            continue
        fi
        count+=1
        at=0
        case $cmd in
FIRST
        esac
        ((at)) && ended=1
        if ((at && count == at)) && declare -F _command_offset >/dev/null; then
            _command_offset "$i"
            return
        fi
    done
    [[ $cur == = ]] && cur=
    if [[ -n $flag ]]; then
        mapfile -t COMPREPLY < <(FN_value "$cmd" "$flag" "$cur")
        compopt -o filenames 2>/dev/null
    elif [[ -z $cmd ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'COMMANDS' -- "$cur")
    elif [[ -n $below ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$below" -- "$cur")
    elif ((!ended)) && [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(FN_flags "$cmd")" -- "$cur")
    else
        mapfile -t COMPREPLY < <(FN_words "$cmd" "$((count + 1))" "$cur")
        compopt -o filenames 2>/dev/null
    fi
}
complete -F FN NAME`
