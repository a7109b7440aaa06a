package seccomp

import (
	_ "embed" // the policies are text files
	"errors"
	"fmt"
	"strings"
)

// The names of the built-in policies.
const (
	Default = "default"
	Strict  = "strict"
	Build   = "build"
	Shell   = "shell"
	Agent   = "agent"
	None    = "none"
)

// The names of parts that policies include.
const (
	partGroups     = "groups"
	partNest       = "nest"
	partNoNest     = "no-nest"
	partNoFork     = "no-fork"
	partGuardSetID = "guard-set-id"
	partRefused    = "refused"
)

//go:embed policies/default.policy
var defaultText string

//go:embed policies/strict.policy
var strictText string

//go:embed policies/build.policy
var buildText string

//go:embed policies/shell.policy
var shellText string

//go:embed policies/agent.policy
var agentText string

//go:embed policies/none.policy
var noneText string

//go:embed policies/groups.policy
var groupsText string

//go:embed policies/nest.policy
var nestText string

//go:embed policies/no-nest.policy
var noNestText string

//go:embed policies/no-fork.policy
var noForkText string

//go:embed policies/guard-set-id.policy
var guardSetIDText string

//go:embed policies/refused.policy
var refusedText string

// Names lists the built-in policies.
func Names() []string { return []string{Default, Strict, Build, Shell, Agent, None} }

// Parts lists the built-in files that are no policies of their own but may be included.
func Parts() []string {
	return []string{partGroups, partNest, partNoNest, partNoFork, partGuardSetID, partRefused}
}

// Builtin returns the text of a built-in policy or part.
func Builtin(name string) (text string, ok bool) {
	switch name {
	case Default:
		return defaultText, true
	case Strict:
		return strictText, true
	case Build:
		return buildText, true
	case Shell:
		return shellText, true
	case Agent:
		return agentText, true
	case None:
		return noneText, true
	case partGroups:
		return groupsText, true
	case partNest:
		return nestText, true
	case partNoNest:
		return noNestText, true
	case partNoFork:
		return noForkText, true
	case partGuardSetID:
		return guardSetIDText, true
	case partRefused:
		return refusedText, true
	}
	return "", false
}

// fetch returns the text of an included file, a built-in one first.
func (p *parser) fetch(name string) (string, error) {
	if text, ok := Builtin(name); ok {
		return text, nil
	}
	if strings.Contains(name, "/") && p.include != nil {
		return p.include(name)
	}
	if p.include == nil {
		return "", errors.New("no built-in policy has this name" + suggestion(name, append(Names(), Parts()...)))
	}
	text, err := p.include(name)
	if err != nil {
		return "", fmt.Errorf("no built-in policy has this name%s, and as a file: %w", suggestion(name, append(Names(), Parts()...)), err)
	}
	return text, nil
}
