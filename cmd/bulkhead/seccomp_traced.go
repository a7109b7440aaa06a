package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/internal/seccomp"
)

// tracedCall is a line of what a program did.
type tracedCall struct {
	Count int64  `json:"count"`
	Call  string `json:"call"`
	ABI   string `json:"abi"`
	// Arguments are those of the first call.
	Arguments string `json:"arguments"`
	// Refused is what the base says, empty if it allows the call.
	Refused string `json:"refused,omitempty"`
}

// report prints the policy, or the calls alone as JSON.
func (t *trace) report(call *cli.Call) error {
	text := t.policy(t.list())
	if t.options.PlanJSON {
		data, err := json.MarshalIndent(t.list(), "", "  ")
		if err != nil {
			return err
		}
		text = string(cli.PrintableJSON(data)) + "\n"
	}
	if t.options.PolicyFile == "" {
		return call.Print(text)
	}
	if err := os.WriteFile(t.options.PolicyFile, []byte(text), 0o644); err != nil {
		return &cli.Error{Text: "cannot write the policy: " + err.Error(), Hint: "-o FILE names a file that you can write", Err: err}
	}
	return nil
}

// list is what the program did, the most frequent first.
func (t *trace) list() []tracedCall {
	list := []tracedCall{}
	for key, tally := range t.counts {
		one := tracedCall{Count: tally.count, Call: key.name, ABI: string(key.abi), Arguments: tally.use.Arguments()}
		if key.refused {
			one.Refused = tally.action.String()
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b tracedCall) int {
		if a.Count != b.Count {
			return int(b.Count - a.Count)
		}
		return strings.Compare(a.Call+a.Refused, b.Call+b.Refused)
	})
	return list
}

// policy is a policy that allows what the program did, with that in its comments.
func (t *trace) policy(list []tracedCall) string {
	rules, beyond := t.explain.Additions(t.uses())
	text := comment(t.summary(list) + t.table(list))
	for _, line := range beyondLines(beyond) {
		text += comment(line)
	}
	if len(rules) == 0 {
		text += comment("Nothing needs to be added.")
	}
	for _, rule := range append(rules, t.base.rules...) {
		text += rule + "\n"
	}
	if t.base.name != nothing {
		text += "\ninclude " + includeName(t.base.name) + "\n"
	}
	return text
}

func (t *trace) summary(list []tracedCall) string {
	calls, refused := int64(0), int64(0)
	for _, one := range list {
		calls += one.Count
		if one.Refused != "" {
			refused += one.Count
		}
	}
	return commandLine(t.spec.Command) + ": " + count(calls) + " system calls, of which policy " + t.base.name + " refuses " + count(refused) + ".\n" +
		"This was one run; another may do more. Not counted: " + enumeration(uncounted) + ".\n\n"
}

func (t *trace) table(list []tracedCall) string {
	rows := [][]string{{"COUNT", "CALL", strings.ToUpper(t.base.name), "FIRST ARGUMENTS"}}
	for _, one := range list {
		name := one.Call
		if one.ABI != string(t.explain.Arch.ABIs()[0]) {
			name += " on " + one.ABI
		}
		rows = append(rows, []string{count(one.Count), name, one.Refused, one.Arguments})
	}
	if t.base.name == nothing { // it refuses everything
		for i := range rows {
			rows[i] = slices.Delete(rows[i], 2, 3)
		}
	}
	return columns(rows) + "\n"
}

// uses are the calls to allow. Those that could not be counted are among them: every program makes two of them, sendmsg perhaps.
func (t *trace) uses() []seccomp.Use {
	var list []seccomp.Use
	for _, tally := range t.counts {
		list = append(list, tally.variants...)
	}
	for _, c := range uncounted {
		for _, e := range t.explain.Call(c)[:1] {
			list = append(list, seccomp.Use{ABI: e.ABI, Name: c, Data: seccomp.Data{Number: uint32(e.Number), Audit: e.ABI.Audit()}})
		}
	}
	return list
}

// beyondLines tell of each call once why no rule allows it.
func beyondLines(beyond []seccomp.Use) []string {
	var lines []string
	for _, u := range beyond {
		lines = append(lines, "no rule allows "+u.Name+": "+beyondHint(u))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func beyondHint(u seccomp.Use) string {
	switch {
	case u.Name == "":
		return "a number in no table"
	case u.ABI != seccomp.Native().ABIs()[0]:
		return "it is a call of " + string(u.ABI) + "; \"abi i386 allow\" holds 32-bit programs to the same rules"
	case u.Name == "clone3" || u.Name == "openat2":
		return "its arguments lie in memory; C libraries use " + strings.TrimRight(u.Name, "23") + " where it is missing"
	}
	return "it takes a sandbox that may nest (--nest)"
}

// comment makes each line a comment, and shows what could command a terminal.
func comment(text string) string {
	var b strings.Builder
	for line := range strings.Lines(cli.Printable(text)) {
		b.WriteString(strings.TrimRight("# "+strings.TrimSuffix(line, "\n"), " ") + "\n")
	}
	return b.String()
}

func includeName(name string) string {
	if strings.Contains(name, "/") {
		return "\"" + name + "\""
	}
	return name
}
