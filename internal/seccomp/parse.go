package seccomp

import (
	"path"
	"slices"
	"strings"
)

// Bounds that keep a hostile policy from using much memory or stack.
const (
	maxText        = 1 << 20
	maxComparisons = 1 << 13 // in conditions, those of groups each time one is named: the kernel takes 4096 instructions
	maxMembers     = 1 << 20 // of groups, each time one is named
	maxNesting     = 32
)

// usualCalls is room for the calls of a usual policy, so that maps need not grow.
const usualCalls = 512

// Parse reads a policy. The file's name is for error messages. include fetches
// the text of other files by name; the built-in names come first, and nil means
// that only those exist. A mistake is an [*Error].
func Parse(file, text string, include func(name string) (string, error)) (*Policy, error) {
	p := newParser(include)
	if err := p.file(&origin{name: file}, text); err != nil {
		return nil, err
	}
	return p.finish()
}

// origin is a file being read, and the one that includes it.
type origin struct {
	name   string
	parent *origin
}

// within tells whether a file is another one or included by it.
func (o *origin) within(outer *origin) bool {
	for ; o != nil; o = o.parent {
		if o == outer {
			return true
		}
	}
	return false
}

func (o *origin) depth() int {
	if o.parent == nil {
		return 0
	}
	return o.parent.depth() + 1
}

type parser struct {
	include func(string) (string, error)
	policy  Policy
	groups  map[string][]item
	// decided has the calls that no later rule can change.
	decided map[string]decision
	read    map[string]bool
	// members counts those of all groups named so far, comparisons those of all conditions.
	members, comparisons int
}

// item is a system call as rules and groups list it.
type item struct {
	call string
	when condition
	// comparisons is how many the condition holds.
	comparisons int
	at          Position
	// direct is false for a group's member.
	direct bool
}

type decision struct {
	by *origin
	at Position
}

func newParser(include func(string) (string, error)) *parser {
	return &parser{
		include: include,
		policy:  Policy{fallback: setting{action: unknown}, i386: setting{action: Kill}, rules: make([]rule, 0, usualCalls)},
		groups:  map[string][]item{}, decided: make(map[string]decision, usualCalls), read: map[string]bool{},
	}
}

// file reads one text, unless it was read before: first match wins, so a second reading changes nothing.
func (p *parser) file(from *origin, text string) error {
	if p.read[from.name] {
		return nil
	}
	p.read[from.name] = true
	if len(text) > maxText {
		return failure(Position{from.name, 1, 1}, "the text is %d bytes long, a policy has at most %d", len(text), maxText)
	}
	list, err := statements(from.name, text)
	if err != nil {
		return err
	}
	for _, s := range list {
		if err := p.statement(from, &cursor{tokens: s}); err != nil {
			return err
		}
	}
	return nil
}

// statement reads one rule, setting, include or group.
func (p *parser) statement(from *origin, c *cursor) error {
	first := c.next()
	switch {
	case first.kind == groupToken:
		return p.group(first, c)
	case first.text == "include":
		return p.includes(from, c)
	case first.text == "default":
		return p.setting(&p.policy.fallback, from, first, c)
	case first.text == "abi":
		return p.abi(from, first, c)
	}
	action, err := c.action(first)
	if err != nil {
		return err
	}
	items, err := p.items(c)
	if err != nil {
		return err
	}
	return p.add(from, action, items, first.at)
}

// add appends a rule for each item that is still open.
func (p *parser) add(from *origin, action Action, items []item, line Position) error {
	for _, i := range items {
		if d, ok := p.decided[i.call]; ok {
			if i.direct && d.by.within(from) && !d.covers(action) {
				return failure(i.at, "never reached: %q is already decided at %s; %s", i.call, d.at, remedy(d.by.name))
			}
			continue
		}
		p.policy.rules = append(p.policy.rules, rule{action, i.call, i.when, i.at, line})
		if i.when == nil {
			p.decided[i.call] = decision{from, i.at}
		}
	}
	return nil
}

// covers tells whether a sandbox's options refuse the call already, so that a
// rule that refuses it says the same again: nobody need know what they put in front.
func (d decision) covers(a Action) bool {
	return (d.by.name == partNoNest || d.by.name == partGuardSetID) && a&^0xffff == Errno
}

// remedy says how to make a rule count that an earlier file overrules.
func remedy(file string) string {
	switch file {
	case partNoNest:
		return "it takes a sandbox that may nest"
	case partGuardSetID:
		return "it takes a sandbox that can write to no directory of the host"
	}
	return "put this rule above that one or drop it"
}

// group reads "@name = items".
func (p *parser) group(name token, c *cursor) error {
	if len(name.text) < 2 {
		return failure(name.at, "a group needs a name after the @")
	}
	if _, ok := p.groups[name.text]; ok {
		return failure(name.at, "group %s is already defined", name.text)
	}
	if sign := c.next(); sign.text != "=" {
		return failure(sign.at, "%s follows group %s: want \"=\" and its members, or an action such as allow before it", sign, name.text)
	}
	items, err := p.items(c)
	if err != nil {
		return err
	}
	for i := range items {
		items[i].direct = false
	}
	p.groups[name.text] = items
	return nil
}

// includes reads `include NAME`.
func (p *parser) includes(from *origin, c *cursor) error {
	name := c.next()
	file := strings.Trim(name.text, `"`)
	if name.kind != wordToken && name.kind != numberToken || file == "" {
		return failure(name.at, "%s follows include: want the name of a policy or a file", name)
	}
	if end := c.next(); end.kind != endToken {
		return failure(end.at, "%s follows the included name: one name a line, in quotes if it has blanks", end)
	}
	if from.depth() == maxNesting {
		return failure(name.at, "more than %d files include each other", maxNesting)
	}
	file = beside(from.name, file)
	text, err := p.fetch(file)
	if err != nil {
		return failure(name.at, "include %s: %v", file, err)
	}
	return p.file(&origin{file, from}, text)
}

// beside is the path of an included file that is named relative to the file that includes it.
func beside(from, name string) string {
	if _, builtin := Builtin(name); builtin || path.IsAbs(name) || !strings.Contains(from, "/") {
		return name
	}
	return path.Join(path.Dir(from), name)
}

// setting reads the action of default or abi i386.
func (p *parser) setting(s *setting, from *origin, name token, c *cursor) error {
	action, err := c.action(c.next())
	if err != nil {
		return err
	}
	if end := c.next(); end.kind != endToken {
		return failure(end.at, "%s follows the action: it ends the line", end)
	}
	switch depth := from.depth(); {
	case s.set && s.at.File == name.at.File:
		return failure(name.at, "%s is already set at %s", name.text, s.at)
	case !s.set || depth < s.depth:
		*s = setting{action, name.at, depth, true}
	}
	return nil
}

// abi reads "abi i386 ACTION".
func (p *parser) abi(from *origin, name token, c *cursor) error {
	which := c.next()
	switch which.text {
	case "i386":
	case "x32":
		return failure(which.at, "x32 programs are always refused: drop this line")
	default:
		return failure(which.at, "%s is not an ABI that can be set: only i386 is", which)
	}
	if a := c.peek(); a.text == "log" || a.text == "notify" {
		return failure(a.at, "abi i386 is allow (the same rules) or one of deny, errno, kill, trap")
	}
	return p.setting(&p.policy.i386, from, name, c)
}

// finish checks what only the whole policy shows.
func (p *parser) finish() (*Policy, error) {
	forks := func(r rule) bool { return r.action.refuses() && (r.call == "fork" || r.call == "vfork") }
	if i := slices.IndexFunc(p.policy.rules, forks); i >= 0 {
		if err := p.checkFork(p.policy.rules[i]); err != nil {
			return nil, err
		}
	}
	return &p.policy, nil
}

// checkFork refuses a rule that seems to forbid processes and does not.
//
// FACT - since glibc 2.3.3 (fork(2)) - the C function fork calls clone, not fork - forbidding fork alone forbids nothing - the same below.
func (p *parser) checkFork(r rule) error {
	const sigchld = 17 // clone's flags when it serves as fork
	for _, other := range []string{"clone", "clone3"} {
		if !p.policy.verdict(abiAMD64, other, &[6]uint64{sigchld}).refuses() {
			return failure(r.at, "refusing %s does not stop new processes, because C libraries use %s: write `include %s` instead", r.call, other, partNoFork)
		}
	}
	return nil
}
