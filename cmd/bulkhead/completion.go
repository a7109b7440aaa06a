package main

import (
	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/internal/cli/completion"
)

var completionCommand = cli.Command{
	Name:    "completion",
	Summary: "print a shell's completion script",
	Forms:   []string{"SHELL"},
	Long: "Put this into the shell's start-up file:\n\n" +
		"    source <(bulkhead completion bash)      in ~/.bashrc\n" +
		"    source <(bulkhead completion zsh)       in ~/.zshrc, after compinit\n" +
		"    bulkhead completion fish | source       in ~/.config/fish/config.fish",
	Args:     []cli.Arg{{Name: "SHELL", Doc: "bash, zsh or fish", Values: shells}},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead completion bash", Doc: "print the script for bash"}},
	Run: func(call *cli.Call) (int, error) {
		return 0, call.Print(completion.Script(call.Program, call.Line.Words[0]))
	},
}

var shells = []string{"bash", "zsh", "fish"}
