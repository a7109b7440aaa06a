package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/internal/seccomp"
	"github.com/bulkhead/bulkhead/spec"
)

var seccompExplainCommand = cli.Command{
	Name:    "explain",
	Summary: "say what a policy decides, and why",
	Forms:   []string{"[OPTIONS] [POLICY] [CALL...]"},
	Long: "Of a call: what happens on each ABI of the machine, and the rule that says so, with its file and line. Without a call: all of them, by decision; " +
		"how long the program is, and which calls the kernel allows without running it. A profile's policy has the profile's name; of a Spec file (.yaml, .json) its policy is taken.",
	Groups: []cli.Group{
		{Title: "What stands around the policy", Flags: policyFlags},
		{Title: "How to print it", Flags: []cli.Flag{policyJSON,
			{Long: "bpf", Common: true, Set: onPolicy(func(q *policyQuery, _ string) error { q.bpf = true; return nil }),
				Doc: "print the program that the kernel gets, an instruction a line"},
			{Long: "abi", Arg: "ABI", Default: "the machine's own", Values: []string{"amd64", "i386", "x32", "arm64"}, Closed: true, Set: onPolicy(func(q *policyQuery, v string) error { q.abi = v; return nil }),
				Doc: "the ABI whose calls are listed"}}},
	},
	Args: []cli.Arg{
		{Name: "POLICY", Doc: "a built-in policy, a policy file or a Spec file; without one, default", Optional: true, Complete: cli.CompleteFile},
		{Name: "CALL", Doc: "system calls", Optional: true, Repeat: true},
	},
	Exit: verbExit,
	Examples: []cli.Example{
		{Line: "bulkhead seccomp explain strict socket ptrace", Doc: "see what becomes of two calls, and by which rules"},
		{Line: "bulkhead seccomp explain --writes-host default", Doc: "see the whole policy of a sandbox with a writable bind"},
	},
	Run: runSeccompExplain,
}

func runSeccompExplain(call *cli.Call) (int, error) {
	q, err := policyAsked(call)
	if err != nil {
		return 2, err
	}
	policy, calls := "default", call.Line.Words
	if len(calls) > 0 && (!seccomp.KnownCall(calls[0]) || slices.Contains(seccompNames, calls[0])) {
		policy, calls = calls[0], calls[1:]
	}
	e, err := q.explanation(policy)
	if err != nil {
		return verbCode(call, err)
	}
	return verbCode(call, q.explain(call, policy, e, calls))
}

func (q *policyQuery) explain(call *cli.Call, policy string, e *seccomp.Explanation, names []string) error {
	abi, err := q.listedABI(e)
	if err != nil {
		return err
	}
	list := e.Calls(abi)
	if len(names) > 0 {
		if list, err = explainedCalls(e, names); err != nil {
			return err
		}
	}
	switch {
	case q.bpf:
		return call.Print(e.Program.Disassemble())
	case q.json:
		return printJSON(call, newPolicyView(policy, e, list))
	case len(names) > 0:
		return call.Print(callsText(list))
	}
	return call.Print(policyText(policy, e, abi, list))
}

func (q *policyQuery) listedABI(e *seccomp.Explanation) (seccomp.ABI, error) {
	abis := e.Arch.ABIs()
	if q.abi == "" {
		return abis[0], nil
	}
	if !slices.Contains(abis, seccomp.ABI(q.abi)) {
		return "", refuse("there are no "+q.abi+" programs on "+e.Arch.String(), "--arch chooses the machine")
	}
	return seccomp.ABI(q.abi), nil
}

func explainedCalls(e *seccomp.Explanation, names []string) ([]seccomp.Explained, error) {
	var list []seccomp.Explained
	for _, name := range names {
		found := e.Call(name)
		if len(found) == 0 && seccomp.KnownCall(name) {
			return nil, refuse(e.Arch.String()+" has no system call "+name, "--arch chooses another machine")
		}
		if len(found) == 0 {
			return nil, unknownCallWord(e, name)
		}
		list = append(list, found...)
	}
	return list, nil
}

func unknownCallWord(e *seccomp.Explanation, name string) error {
	var known []string
	for _, c := range e.Calls(e.Arch.ABIs()[0]) {
		known = append(known, c.Name)
	}
	hint := "bulkhead seccomp explain lists them"
	if near := spec.Nearest(name, known); near != "" {
		hint = "did you mean " + near + "?"
	}
	return refuse("unknown system call "+quote(name), hint)
}

// callsText shows each call's chain of rules, each with its place.
func callsText(list []seccomp.Explained) string {
	var b strings.Builder
	for _, c := range list {
		cost := "the filter runs at each call"
		if c.Constant {
			cost = "the kernel allows it without running the filter"
		}
		fmt.Fprintf(&b, "%s on %s, number %d; %s\n", c.Name, c.ABI, c.Number, cost)
		var rows [][]string
		for _, r := range c.Reasons {
			rows = append(rows, []string{"   ", r.Action.String(), whenText(r), where(r)})
		}
		b.WriteString(columns(rows))
	}
	return b.String()
}

func whenText(r seccomp.Reason) string {
	if r.When == "" {
		return "always"
	}
	return "if " + r.When
}

// policyText shows all calls of an ABI, grouped by decision.
func policyText(policy string, e *seccomp.Explanation, abi seccomp.ABI, list []seccomp.Explained) string {
	var b strings.Builder
	fmt.Fprintf(&b, "policy %s on %s: %s\n", policy, e.Arch, programText(e, list))
	for _, other := range e.Arch.ABIs()[1:] {
		if other != abi {
			fmt.Fprintf(&b, "%s programs: %s\n", other, foreignText(e, other))
		}
	}
	fmt.Fprintf(&b, "numbers in no table: %s\n", unlistedText(e))
	for _, g := range grouped(list) {
		fmt.Fprintf(&b, "\n%s: %d\n%s", g.title, len(g.lines), g.text())
	}
	return b.String()
}

func programText(e *seccomp.Explanation, list []seccomp.Explained) string {
	if len(e.Program) == 0 {
		return "no filter"
	}
	free := 0
	for _, c := range list {
		if c.Constant {
			free++
		}
	}
	return fmt.Sprintf("%d instructions; for %d of %d calls the kernel need not run them (Linux 5.11)", len(e.Program), free, len(list))
}

// foreignText is the decision that all calls of another ABI share, if they do.
func foreignText(e *seccomp.Explanation, abi seccomp.ABI) string {
	calls := e.Calls(abi)
	first := calls[0].Reasons[0]
	for _, c := range calls {
		if c.Text != calls[0].Text || c.Reasons[0].At != first.At {
			return "the same rules; see --abi " + string(abi)
		}
	}
	return first.Action.String() + ", " + where(first)
}

func unlistedText(e *seccomp.Explanation) string {
	if len(e.Program) == 0 {
		return "allow"
	}
	return "errno ENOSYS, in every policy"
}

// decisionGroup are the calls with one fate.
type decisionGroup struct {
	title string
	lines []string
	// chains is set where each line is a call with its chain of conditions, and not a name alone.
	chains bool
}

// grouped sorts the calls by decision, the largest group first; those with conditions come last.
func grouped(list []seccomp.Explained) []*decisionGroup {
	var groups []*decisionGroup
	conditional := &decisionGroup{title: "it depends on the arguments", chains: true}
	for _, c := range list {
		if len(c.Reasons) > 1 {
			conditional.lines = append(conditional.lines, c.Name+"\t"+c.Text)
			continue
		}
		i := slices.IndexFunc(groups, func(g *decisionGroup) bool { return g.title == c.Text })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &decisionGroup{title: c.Text})
		}
		groups[i].lines = append(groups[i].lines, c.Name)
	}
	slices.SortStableFunc(groups, func(a, b *decisionGroup) int { return len(b.lines) - len(a.lines) })
	if len(conditional.lines) > 0 {
		groups = append(groups, conditional)
	}
	return groups
}

func (g *decisionGroup) text() string {
	slices.Sort(g.lines)
	if !g.chains {
		return indent(wrapWords(g.lines, 98))
	}
	var rows [][]string
	for _, line := range g.lines {
		name, chain, _ := strings.Cut(line, "\t")
		rows = append(rows, []string{name, chain})
	}
	return indent(columns(rows))
}

// wrapWords fills lines with words.
func wrapWords(words []string, width int) string {
	text, column := "", 0
	for _, w := range words {
		switch {
		case column == 0:
		case column+1+len(w) > width:
			text, column = text+"\n", 0
		default:
			text, column = text+" ", column+1
		}
		text, column = text+w, column+len(w)
	}
	return text + "\n"
}
