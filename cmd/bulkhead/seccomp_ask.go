package main

import (
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/internal/seccomp"
)

var seccompTestCommand = cli.Command{
	Name:    "test",
	Summary: "ask a policy about system calls, or hold it to a file of expectations",
	Forms:   []string{"[OPTIONS] POLICY [--] [ACTION] CALL [ARG...] [on ABI]", "[OPTIONS] POLICY FILE"},
	Long: "Arguments are numbers or constants, in their order or as NAME=NUMBER; those that are not given may be anything. An action before the call is what is expected. " +
		"A file (its name has a slash or a dot) has such a line for each case:\n\n" +
		"    allow openat\n" +
		"    deny clone flags=CLONE_NEWUSER\n" +
		"    errno EAFNOSUPPORT socket AF_VSOCK SOCK_STREAM\n" +
		"    kill getpid on i386",
	Groups: []cli.Group{
		{Title: "What stands around the policy", Flags: policyFlags},
		{Title: "Whom to ask", Flags: []cli.Flag{
			{Long: "run", Common: true, Set: onPolicy(func(q *policyQuery, _ string) error { q.real = true; return nil }),
				Doc:  "make the calls, too, and compare",
				More: "Each is made in a sandbox with this policy, and in one without a filter. Arguments that are not given are 0."}}},
		{Title: "How to print it", Flags: []cli.Flag{policyJSON}},
	},
	Args: []cli.Arg{
		{Name: "POLICY", Doc: "a built-in policy, a policy file or a Spec file", Complete: cli.CompleteFile},
		{Name: "CALL", Doc: "the system call, behind what is expected of it, and its arguments; or a file of cases", Repeat: true, Complete: cli.CompleteFile},
	},
	OptionsFirst: true,
	Exit: []cli.Exit{
		{Code: "0", Doc: "asked, and all that was expected is so"},
		{Code: "1", Doc: "something is not as expected, or the kernel decided otherwise; or something failed"},
		{Code: "2", Doc: "a wrong command line"},
	},
	Examples: []cli.Example{
		{Line: "bulkhead seccomp test default socket AF_INET SOCK_RAW", Doc: "see whether raw sockets can be made"},
		{Line: "bulkhead seccomp test --run strict deny ptrace", Doc: "see the kernel refuse it, too"},
	},
	Run: runSeccompTest,
}

// asked is a question with its answer.
type asked struct {
	Question string   `json:"call"`
	Expected string   `json:"expected,omitempty"`
	Decision string   `json:"decision"`
	Rule     ruleView `json:"rule,omitzero"`
	// Kernel is what the kernel did, Alone what it does without a filter.
	Kernel string `json:"kernel,omitempty"`
	Alone  string `json:"without_filter,omitempty"`
	// Wrong says what is not as expected.
	Wrong   string `json:"wrong,omitempty"`
	at      seccomp.Position
	depends bool
}

func runSeccompTest(call *cli.Call) (int, error) {
	q, err := policyAsked(call)
	if err != nil {
		return 2, err
	}
	policy, words := call.Line.Words[0], call.Line.Words[1:]
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	e, err := q.explanation(policy)
	if err != nil {
		return verbCode(call, err)
	}
	questions, err := q.questions(words)
	if err != nil {
		return verbCode(call, err)
	}
	var list []asked
	for _, question := range questions {
		one, err := q.ask(e, policy, question)
		if err != nil {
			return verbCode(call, err)
		}
		list = append(list, one)
	}
	return q.told(call, list)
}

// questions are those of a file, or the one on the command line.
func (q *policyQuery) questions(words []string) ([]seccomp.Question, error) {
	switch {
	case len(words) == 0:
		return nil, refuse("no system call to ask about", "write it behind the policy, as in bulkhead seccomp test default socket AF_INET SOCK_RAW")
	case len(words) > 1 || !strings.ContainsAny(words[0], "/."):
		one, err := seccomp.ParseQuestion(strings.Join(words, " "))
		return []seccomp.Question{one}, err
	}
	text, err := q.from.read(words[0])
	if err != nil {
		return nil, err
	}
	list, err := seccomp.ParseCases(words[0], string(text))
	if err == nil && len(list) == 0 {
		err = refuse(words[0]+" has no case", "write one a line, as in: deny ptrace")
	}
	return list, err
}

func (q *policyQuery) ask(e *seccomp.Explanation, policy string, question seccomp.Question) (asked, error) {
	text := question.Text()
	if q.real {
		question.Known = [6]bool{true, true, true, true, true, true}
	}
	answer, err := e.Ask(question)
	if err != nil {
		return asked{}, err
	}
	one := asked{Question: text, Decision: answer.String(), at: question.At, depends: len(answer.Actions) > 1}
	if answer.By != nil {
		one.Rule = newRuleView(*answer.By)
	}
	if question.Expects {
		one.Expected = question.Want.String()
		if !answer.Is(question.Want) {
			one.Wrong = "expected " + one.Expected + ", the policy says " + one.Decision
		}
	}
	if q.real {
		err = q.askKernel(policy, &answer, &one)
	}
	return one, err
}

// told prints the answers. Of a file only what is wrong is told, and how many cases there were.
func (q *policyQuery) told(call *cli.Call, list []asked) (int, error) {
	wrong := 0
	for _, one := range list {
		if one.Wrong != "" {
			wrong++
		}
	}
	code := min(wrong, 1)
	if q.json {
		return code, failure(call, printJSON(call, list))
	}
	var b strings.Builder
	for _, one := range list {
		if one.Wrong != "" || len(list) == 1 || one.Expected == "" {
			b.WriteString(one.text())
		}
	}
	if len(list) > 1 {
		b.WriteString(count(int64(len(list)-wrong)) + " of " + count(int64(len(list))) + " cases hold\n")
	}
	return code, failure(call, call.Print(b.String()))
}

func (a *asked) text() string {
	text := a.Question + ": " + a.Decision
	if a.at.File != "line" {
		text = a.at.String() + ": " + text
	}
	switch {
	case a.Rule.Line > 0:
		text += ", by " + a.Rule.File + ":" + count(int64(a.Rule.Line))
	case a.depends:
		text += ", which depends on arguments that are not given"
	}
	if a.Wrong != "" {
		text += "; " + a.Wrong
	}
	text += "\n"
	if a.Kernel != "" {
		text += "the kernel: " + a.Kernel + "; without a filter: " + a.Alone + "\n"
	}
	return cli.Printable(text)
}
