package completion

import (
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// Fish returns the completion script for fish 3 and newer.
func Fish(p *cli.Program) string {
	s := script{}
	s.line("# fish completion for " + p.Name + ", made from the command tables; do not edit.")
	s.line(strings.NewReplacer("NAME", p.Name, "VALUED", fishValued(p)).Replace(fishBody))
	s.line("complete -c " + p.Name + " -f")
	for _, c := range p.Commands {
		s.fishName(p, "", c)
		for _, sub := range c.Sub {
			s.fishName(p, c.Name, sub)
		}
	}
	for _, c := range p.All() {
		s.fishCommand(p, c)
	}
	return s.b.String()
}

// fishName offers a command where the words before it are exactly path.
func (s *script) fishName(p *cli.Program, path string, c *cli.Command) {
	s.line("complete -c " + p.Name + " -n '__" + p.Name + "_at " + path + "' -a " + c.Name + " -d " + fishQuote(c.Summary))
}

func (s *script) fishCommand(p *cli.Program, c *cli.Command) {
	if len(c.Sub) > 0 {
		return
	}
	options := "complete -c " + p.Name + " -n '__" + p.Name + "_options " + p.Path(c) + "'"
	for _, g := range c.AllGroups() {
		for i := range g.Flags {
			s.line(options + fishFlag(p, &g.Flags[i]))
		}
	}
	for i := range c.Args {
		s.fishArg(p, c, i)
	}
}

func (s *script) fishArg(p *cli.Program, c *cli.Command, i int) {
	a := c.Args[i]
	condition, action := "word "+strconv.Itoa(i+1), fishAction(p, a.Complete, a.Values)
	switch {
	case a.Repeat && c.OptionsFirst:
		at := strconv.Itoa(commandWord(c))
		condition, action = "from "+at, " -a '(__"+p.Name+"_command "+at+" "+p.Path(c)+")'"
	case a.Repeat:
		condition = "from " + strconv.Itoa(i)
	}
	if action != "" {
		s.line("complete -c " + p.Name + " -n '__" + p.Name + "_" + condition + " " + p.Path(c) + "'" + action)
	}
}

func fishFlag(p *cli.Program, f *cli.Flag) string {
	line := " -l " + f.Long
	if f.Short != "" {
		line = " -s " + f.Short + line
	}
	if f.Arg != "" && !f.Optional {
		line += " -x"
	}
	return line + " -d " + fishQuote(text(f.Doc)) + fishAction(p, f.Complete, f.Values)
}

func fishAction(p *cli.Program, kind cli.Completion, values []string) string {
	var parts []string
	if len(values) > 0 {
		parts = append(parts, strings.Join(values, " "))
	}
	switch kind {
	case cli.CompleteFile:
		parts = append(parts, "(__fish_complete_path)")
	case cli.CompleteDir:
		parts = append(parts, "(__fish_complete_directories)")
	case cli.CompleteSandbox:
		parts = append(parts, "("+p.Name+" ps --quiet 2>/dev/null)")
	case cli.CompleteCommand:
		parts = append(parts, "(__fish_complete_command)")
	case cli.CompleteVariable:
		parts = append(parts, "(set --names --export)")
	case cli.CompleteVerb:
		parts = append(parts, strings.Join(names(p.Commands), " "))
	}
	if len(parts) == 0 {
		return ""
	}
	return " -a " + fishQuote(strings.Join(parts, " "))
}

// fishValued is a case body: the flags of each command that take the next word.
func fishValued(p *cli.Program) string {
	var b strings.Builder
	for _, c := range p.All() {
		if list := bashValued(c); len(list) > 0 {
			b.WriteString("        case " + fishQuote(p.Path(c)) + "\n            echo " + strings.Join(list, " ") + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// fishBody finds out where the cursor is: among a command's options, or behind
// the first word that is none.
const fishBody = `function __NAME_valued
    switch "$argv"
VALUED
    end
end
function __NAME_at # the words so far are exactly these
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv"
end
function __NAME_start # prints the number of the first word that is no option
    set -l words (commandline -opc)
    set -l depth (count $argv)
    set -l last (math $depth + 1)
    test (count $words) -ge $last; and test "$words[2..$last]" = "$argv"; or return 1
    set -l valued (string split ' ' -- (__NAME_valued $argv))
    set -l i (math $depth + 2)
    while test $i -le (count $words)
        switch $words[$i]
            case --
                echo (math $i + 1)
                return 0
            case '-*'
                contains -- $words[$i] $valued; and set i (math $i + 1)
            case '*'
                break
        end
        set i (math $i + 1)
    end
    echo $i
end
function __NAME_options # the cursor is among the options
    set -l start (__NAME_start $argv); or return 1
    set -l words (commandline -opc)
    test $start -gt (count $words); and not contains -- -- $words
end
function __NAME_word # the cursor is on word number $argv[1] that is no option
    set -l start (__NAME_start $argv[2..]); or return 1
    test (count (commandline -opc)) -eq (math $start + $argv[1] - 2)
end
function __NAME_from # there are at least $argv[1] such words before the cursor
    set -l start (__NAME_start $argv[2..]); or return 1
    test (count (commandline -opc)) -ge (math $start + $argv[1] - 1)
end
function __NAME_command # what the command that is word number $argv[1] would complete
    set -l start (__NAME_start $argv[2..]); or return 1
    set -l words (commandline -opc)
    set -e words[1..(math $start + $argv[1] - 2)]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end`
