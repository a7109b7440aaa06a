package seccomp

import (
	"maps"
	"slices"
	"strconv"
)

// cursor walks over a statement's tokens and stays on its endToken.
type cursor struct {
	tokens statement
	at     int
}

func (c *cursor) peek() token { return c.tokens[c.at] }

func (c *cursor) next() token {
	t := c.tokens[c.at]
	if t.kind != endToken {
		c.at++
	}
	return t
}

// accept takes the next token if it is this sign.
func (c *cursor) accept(sign string) bool {
	t := c.peek()
	if t.kind != signToken || t.text != sign {
		return false
	}
	c.at++
	return true
}

// expect takes the next token, which must be this sign.
func (c *cursor) expect(sign string) error {
	if c.accept(sign) {
		return nil
	}
	return failure(c.peek().at, "want %q instead of %s", sign, c.peek())
}

// verbs begin a statement.
var verbs = [...]string{"allow", "deny", "errno", "log", "kill", "trap", "notify", "default", "abi", "include"}

// action reads an action that begins with this token.
func (c *cursor) action(first token) (Action, error) {
	switch first.text {
	case "allow":
		return Allow, nil
	case "deny":
		return Deny, nil
	case "log":
		return Log, nil
	case "kill":
		return Kill, nil
	case "trap":
		return Trap, nil
	case "notify":
		return Notify, nil
	case "errno":
		return c.errno()
	}
	return 0, failure(first.at, "%s is not an action%s", first, suggestion(first.text, verbs[:]))
}

// errno reads the error's name, or its number up to the kernel's MAX_ERRNO.
func (c *cursor) errno() (Action, error) {
	t := c.next()
	if e, ok := find(errnos[:], t.text, errnoName); ok {
		return Errno | Action(e.number), nil
	}
	if t.kind == numberToken {
		n, err := strconv.ParseUint(t.text, 0, 12)
		if err != nil || n == 0 {
			return 0, failure(t.at, "error number %s is not in 1 to 4095", t.text)
		}
		return Errno | Action(n), nil
	}
	return 0, failure(t.at, "%s is not the name of an error%s", t, suggestion(t.text, namesOf(errnos[:], errnoName)))
}

// items reads system calls and groups up to the end of the statement, each once.
func (p *parser) items(c *cursor) ([]item, error) {
	list := make([]item, 0, len(c.tokens))
	seen := make(map[string]bool, len(c.tokens))
	for c.peek().kind != endToken {
		more, err := p.item(c)
		if err != nil {
			return nil, err
		}
		for _, i := range more {
			if key := (rule{call: i.call, when: i.when}).item(); !seen[key] {
				seen[key] = true
				list = append(list, i)
			}
		}
		c.accept(",")
	}
	if len(list) == 0 {
		return nil, failure(c.peek().at, "want at least one system call or @group")
	}
	return list, nil
}

// item reads one system call with its condition, or one group.
func (p *parser) item(c *cursor) ([]item, error) {
	t := c.next()
	if t.kind == groupToken {
		members, ok := p.groups[t.text]
		if !ok {
			return nil, failure(t.at, "group %s is not defined above%s", t.text, suggestion(t.text, slices.Sorted(maps.Keys(p.groups))))
		}
		if p.members += len(members); p.members > maxMembers {
			return nil, failure(t.at, "groups stand for more than %d system calls in all", maxMembers)
		}
		for _, m := range members {
			p.comparisons += m.comparisons
		}
		return members, checkComparisons(t.at, p.comparisons)
	}
	if t.kind != wordToken {
		return nil, failure(t.at, "want a system call or @group instead of %s", t)
	}
	if !knownCall(t.text) {
		return nil, unknownCall(t)
	}
	i := item{call: t.text, at: t.at, direct: true}
	if c.accept("(") {
		condition := conditionParser{cursor: c, call: t.text, comparisons: p.comparisons}
		var err error
		if i.when, err = condition.whole(); err != nil {
			return nil, err
		}
		i.comparisons = condition.comparisons - p.comparisons
		p.comparisons = condition.comparisons
	}
	return []item{i}, nil
}

func checkComparisons(at Position, n int) error {
	if n > maxComparisons {
		return failure(at, "more than %d comparisons in all", maxComparisons)
	}
	return nil
}

func unknownCall(t token) error {
	if slices.Contains(verbs[:], t.text) {
		return failure(t.at, "%q begins a rule of its own: put it on a new line without indentation", t.text)
	}
	return failure(t.at, "unknown system call %q%s", t.text, suggestion(t.text, allCalls()))
}
