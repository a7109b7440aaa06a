package seccomp

import (
	"fmt"
	"slices"
	"strings"
)

// Question is a system call that a policy is asked about:
//
//	[ACTION] CALL [ARGUMENT...] [on ABI]
//
// An argument is a number as in conditions, or NAME=NUMBER. Those that are not written may be anything.
type Question struct {
	At   Position
	Name string
	// Want is the action that is expected, where Expects says that one is.
	Want    Action
	Expects bool
	// ABI is empty for the machine's own.
	ABI       ABI
	arguments [6]value
	Known     [6]bool
}

// ParseQuestion reads one question, as from a command line.
func ParseQuestion(text string) (Question, error) {
	list, err := statements("line", strings.ReplaceAll(text, "\n", " "))
	if err != nil {
		return Question{}, err
	}
	if len(list) != 1 {
		return Question{}, failure(Position{"line", 1, 1}, "want a system call, as in: socket AF_INET SOCK_RAW")
	}
	return question(&cursor{tokens: list[0]})
}

// ParseCases reads a file of questions, one a line, each with the action that is expected.
// Lines continue and comments begin as in policies. A mistake is an [*Error].
func ParseCases(file, text string) ([]Question, error) {
	if len(text) > maxText {
		return nil, failure(Position{file, 1, 1}, "the text is %d bytes long, a file of cases has at most %d", len(text), maxText)
	}
	list, err := statements(file, text)
	if err != nil {
		return nil, err
	}
	var cases []Question
	for _, s := range list {
		q, err := question(&cursor{tokens: s})
		if err != nil {
			return nil, err
		}
		if !q.Expects {
			return nil, failure(q.At, "nothing is expected of %s: begin the line with an action, as in: deny %s", q.Name, q.Name)
		}
		cases = append(cases, q)
	}
	return cases, nil
}

func question(c *cursor) (Question, error) {
	first := c.next()
	q := Question{At: first.at}
	if !knownCall(first.text) || first.text == "kill" && c.peek().kind == wordToken && knownCall(c.peek().text) {
		var err error
		if q.Want, err = c.action(first); err != nil {
			return q, unknownWord(first, err)
		}
		q.Expects = true
		first = c.next()
	}
	if !knownCall(first.text) {
		return q, unknownCall(first)
	}
	q.Name = first.text
	return q, q.rest(c)
}

// unknownWord explains a first word that is neither call nor action.
func unknownWord(first token, notAction error) error {
	if slices.Contains(verbs[:], first.text) || suggestion(first.text, allCalls()) == "" {
		return notAction
	}
	return unknownCall(first)
}

// rest reads the arguments and the ABI.
func (q *Question) rest(c *cursor) error {
	p := conditionParser{cursor: c, call: q.Name}
	for next := 0; c.peek().kind != endToken; c.accept(",") {
		if c.peek().text == "on" {
			c.next()
			return q.on(c)
		}
		index, err := p.position(&next)
		if err != nil {
			return err
		}
		if index >= 6 || q.Known[index] {
			return failure(c.peek().at, "%s has no more than six arguments, each written once", q.Name)
		}
		if q.arguments[index], err = p.number(64); err != nil {
			return err
		}
		q.Known[index] = true
	}
	return nil
}

// position is the argument that comes: one that is named, or the next.
func (p *conditionParser) position(next *int) (int, error) {
	if t := p.peek(); t.kind == wordToken && p.at+1 < len(p.tokens) && p.tokens[p.at+1].text == "=" {
		p.next()
		p.next()
		c, err := p.resolve(t)
		return int(c.index), err
	}
	*next++
	return *next - 1, nil
}

// on reads the ABI, the last word.
func (q *Question) on(c *cursor) error {
	known := []string{string(ABIAMD64), string(ABII386), string(ABIX32), string(ABIARM64)}
	t := c.next()
	if !slices.Contains(known, t.text) {
		return failure(t.at, "%s is not an ABI%s: known are %s", t, suggestion(t.text, known), strings.Join(known, ", "))
	}
	q.ABI = ABI(t.text)
	if end := c.next(); end.kind != endToken {
		return failure(end.at, "%s follows the ABI: it ends the line", end)
	}
	return nil
}

// Answer is what a policy decides about a question.
type Answer struct {
	ABI  ABI
	Data Data
	// Actions are what may happen: more than one where it depends on arguments that the question leaves open.
	Actions []Action
	// By is the rule that decides, nil where several may.
	By *Reason
}

// Ask answers a question by running the compiled program. The error is for calls and constants that the ABI lacks.
func (e *Explanation) Ask(q Question) (Answer, error) {
	a := Answer{ABI: q.ABI}
	if a.ABI == "" {
		a.ABI = e.Arch.ABIs()[0]
	}
	if !slices.Contains(e.Arch.ABIs(), a.ABI) {
		return a, failure(q.At, "there are no %s programs on %s", a.ABI, e.Arch)
	}
	number, ok := a.ABI.number(q.Name)
	if !ok {
		return a, failure(q.At, "%s has no system call %s", a.ABI, q.Name)
	}
	a.Data = Data{Number: number, Audit: a.ABI.Audit()}
	for i, v := range q.arguments {
		if v.absent&(1<<a.ABI.table()) != 0 {
			return a, failure(q.At, "%s has no constant %s", a.ABI, v.text)
		}
		a.Data.Arguments[i] = v.on[a.ABI.table()]
	}
	a.Actions = e.Program.Outcomes(a.Data, q.Known)
	a.By = decider(e.reasons(a.ABI, q.Name), a.ABI.table(), &a.Data.Arguments, q.Known)
	return a, nil
}

// decider is the first link of a chain that surely holds, if all before it surely do not.
func decider(reasons []Reason, on abi, arguments *[6]uint64, known [6]bool) *Reason {
	for i, r := range reasons {
		switch {
		case r.When == "":
			return &reasons[i]
		case r.rule.when == nil || !seen(r.rule.when, known):
			return nil
		case r.rule.when.holds(on, arguments):
			return &reasons[i]
		}
	}
	return nil
}

// seen tells whether all arguments that a condition looks at are known.
func seen(c condition, known [6]bool) bool {
	for _, each := range comparisons(c) {
		if !known[each.index] {
			return false
		}
	}
	return true
}

// comparisons lists the parts of a condition.
func comparisons(c condition) []comparison {
	switch c := c.(type) {
	case both:
		return append(comparisons(c.left), comparisons(c.right)...)
	case either:
		return append(comparisons(c.left), comparisons(c.right)...)
	case comparison:
		return []comparison{c}
	}
	return nil
}

// Is tells whether the expected action is the only one possible.
func (a *Answer) Is(want Action) bool { return len(a.Actions) == 1 && a.Actions[0] == want }

// String is the action, or all that are possible.
func (a *Answer) String() string {
	var names []string
	for _, action := range slices.Backward(a.Actions) {
		names = append(names, action.String())
	}
	return strings.Join(names, " or ")
}

// Text is the question as it was asked, without what is expected.
func (q *Question) Text() string {
	text := q.Name
	names, _ := argumentsOf(q.Name)
	for i, v := range q.arguments {
		switch {
		case q.Known[i] && i > 0 && !q.Known[i-1] && i < len(names):
			text += fmt.Sprintf(" %s=%s", names[i], v.text)
		case q.Known[i]:
			text += " " + v.text
		}
	}
	if q.ABI != "" {
		text += " on " + string(q.ABI)
	}
	return text
}
