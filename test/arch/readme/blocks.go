// Package readme finds the console sessions in documents, so that a test can run them.
//
// A session is a fenced block of the kind "console"; a line that starts with "$ "
// is a command, and what follows is what it prints. A line "..." stands for any
// lines. In the README every session is run; one that cannot be (it needs another
// terminal, say) is preceded by a comment that says why:
//
//	<!-- not run: REASON -->
package readme

import (
	"regexp"
	"strings"
)

// Command is one command of a session and what the document says it prints.
type Command struct {
	Line   string // of the shell, without the prompt
	Output string
}

// Session is one console block.
type Session struct {
	Commands []Command
	NotRun   string // the reason, or empty
}

var block = regexp.MustCompile("(?ms)(?:^<!-- not run: ([^\n]+) -->\n)?^```console\n(.*?)^```$")

// Sessions finds every console block of a document.
func Sessions(markdown string) []Session {
	var found []Session
	for _, b := range block.FindAllStringSubmatch(markdown, -1) {
		found = append(found, Session{Commands: commands(b[2]), NotRun: b[1]})
	}
	return found
}

func commands(text string) []Command {
	var found []Command
	for line := range strings.Lines(text) {
		if command, prompt := strings.CutPrefix(line, "$ "); prompt {
			found = append(found, Command{Line: strings.TrimSpace(command)})
		} else if len(found) > 0 {
			found[len(found)-1].Output += line
		}
	}
	return found
}

// Matches reports whether a program's output is what the document says. Blanks
// at the ends of lines do not count.
func (c Command) Matches(output string) bool {
	var pattern strings.Builder
	for line := range strings.Lines(c.Output) {
		if line = strings.TrimRight(line, " \t\n"); line == "..." {
			pattern.WriteString(`(?:.*\n)*?`)
		} else {
			pattern.WriteString(regexp.QuoteMeta(line) + `[ \t]*\n`)
		}
	}
	if output != "" && !strings.HasSuffix(output, "\n") {
		output += "\n"
	}
	return regexp.MustCompile(`^` + pattern.String() + `$`).MatchString(output)
}
