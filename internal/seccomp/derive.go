package seccomp

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Use is a system call that a program made.
type Use struct {
	ABI  ABI
	Name string
	Data Data
}

// mostVariants is how many choices of arguments become conditions before the whole call is allowed.
const mostVariants = 16

// Additions are the rules which, in front of the policy, allow calls that it
// refuses. Where its rules look at arguments, so do these: they allow the
// arguments that were seen. Beyond are the calls that no rule can allow, because
// the sandbox's own refusals come before all rules.
func (e *Explanation) Additions(uses []Use) (rules []string, beyond []Use) {
	plain, variants := map[string]bool{}, map[string][]string{}
	for _, u := range uses {
		refusal := e.refusal(u)
		switch {
		case refusal == nil:
		case e.fixed(u, refusal):
			beyond = append(beyond, u)
		default:
			text := e.condition(u)
			plain[u.Name] = plain[u.Name] || text == ""
			if !slices.Contains(variants[u.Name], text) {
				variants[u.Name] = append(variants[u.Name], text)
			}
		}
	}
	return permits(plain, variants), beyond
}

// refusal is why a call does not happen, nil if it does.
func (e *Explanation) refusal(u Use) *Reason {
	action, err := e.Program.Evaluate(u.Data)
	if err == nil && !action.refuses() {
		return nil
	}
	known := [6]bool{true, true, true, true, true, true}
	if by := decider(e.reasons(u.ABI, u.Name), u.ABI.table(), &u.Data.Arguments, known); by != nil {
		return by
	}
	return &Reason{Action: action}
}

// Refuses tells whether a call does not happen, by which action, and whether a
// rule in front of the policy could change that.
func (e *Explanation) Refuses(u Use) (action Action, refused, changeable bool) {
	by := e.refusal(u)
	if by == nil {
		return Allow, false, false
	}
	return by.Action, true, !e.fixed(u, by)
}

// fixed tells whether a refusal comes before all rules, or is of another ABI, whose rules follow the native ones.
func (e *Explanation) fixed(u Use, by *Reason) bool {
	return early(by.At.File) || u.ABI != e.Arch.ABIs()[0] || u.Name == ""
}

// early tells the parts that a sandbox puts in front of all rules.
func early(file string) bool { return file == partNoNest || file == partGuardSetID }

// condition demands the values that a call had in the arguments which the policy looks at.
func (e *Explanation) condition(u Use) string {
	looked := map[uint8]comparison{}
	for _, r := range e.compiler.rulesOf(u.Name) {
		if early(r.line.File) {
			continue // it goes on refusing by itself
		}
		for _, c := range comparisons(r.when) {
			if have, ok := looked[c.index]; !ok || c.width > have.width {
				looked[c.index] = c
			}
		}
	}
	var parts []string
	for _, c := range slices.SortedFunc(maps.Values(looked), func(a, b comparison) int { return cmp.Compare(a.index, b.index) }) {
		kept := ^uint64(0) >> (64 - c.width)
		parts = append(parts, c.label+" == "+valueName(c.label, u.Data.Arguments[c.index]&kept))
	}
	return strings.Join(parts, " && ")
}

// permits writes the rules: calls without conditions on one line, each other call on its own.
func permits(plain map[string]bool, variants map[string][]string) []string {
	var names, rules []string
	for name, list := range variants {
		if plain[name] || len(list) > mostVariants {
			names = append(names, name)
			continue
		}
		slices.Sort(list)
		for _, text := range list {
			rules = append(rules, fmt.Sprintf("allow %s(%s)", name, text))
		}
	}
	slices.Sort(names)
	slices.Sort(rules)
	if len(names) > 0 {
		rules = append([]string{wrapped("allow", names)}, rules...)
	}
	return rules
}

// wrapped is a rule over as many lines as it takes.
func wrapped(verb string, names []string) string {
	text, width := verb, len(verb)
	for _, name := range names {
		if width+1+len(name) > 100 {
			text, width = text+"\n   ", 3
		}
		text, width = text+" "+name, width+1+len(name)
	}
	return text
}

// prefixes of the constants that an argument of this name may have.
var prefixes = [...]struct{ argument, prefix string }{{"domain", "AF_"}, {"clock", "CLOCK_"}}

// unusual are second names, which nobody expects to read.
var unusual = []string{"AF_FILE", "AF_LOCAL", "AF_ROUTE", "AF_MAX"}

// valueName is the name of an argument's value where it has one that people use.
func valueName(argument string, v uint64) string {
	for _, p := range prefixes {
		if p.argument != argument {
			continue
		}
		for _, c := range constants {
			if strings.HasPrefix(c.name, p.prefix) && c.value[abiAMD64] == v && c.missing == 0 && !slices.Contains(unusual, c.name) {
				return c.name
			}
		}
	}
	if v < 10 {
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%#x", v)
}

// bare are calls without arguments: their registers hold anything.
var bare = [...]string{
	"fork", "getegid", "geteuid", "getgid", "getpgrp", "getpid", "getppid", "gettid", "getuid", "inotify_init", "munlockall",
	"pause", "restart_syscall", "rt_sigreturn", "sched_yield", "setsid", "sync", "vfork", "vhangup",
}

// Arguments shows a call's arguments: as many as it is known to have, those of 32 bits as the kernel reads them.
func (u Use) Arguments() string {
	names, widths := argumentsOf(u.Name)
	var parts []string
	for i, name := range names {
		kept := ^uint64(0) >> (64 - widths[i])
		parts = append(parts, valueName(name, u.Data.Arguments[i]&kept))
	}
	if names == nil && !slices.Contains(bare[:], u.Name) {
		for _, a := range u.Data.Arguments[:3] {
			parts = append(parts, fmt.Sprintf("%#x", a))
		}
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}
