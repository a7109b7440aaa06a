package cli

// A small program to test with.

type target struct {
	env, drop              []string
	memory, bind, level    string
	tty, interactive, bare bool
}

type onTarget = On[target]

var testVersion = "1.2.3"

var testProgram = Program{
	Name: "hull", Summary: "float", Long: "It floats.\n\n    hull run true", Version: &testVersion,
	Commands: []*Command{&testRun, &testList, &testPort},
	Placeholders: []Placeholder{
		{Name: "SIZE", Doc: "a size, as in 64M"}, {Name: "NAME", Doc: "a name"}, {Name: "DIR", Doc: "a directory"}, {Name: "SRC", Doc: "a path"}, {Name: "DST", Doc: "another"},
	},
	Examples: []Example{{Line: "hull run true", Doc: "begin"}},
	Exit:     []Exit{{Code: "0", Doc: "fine"}},
}

var testRun = Command{
	Name: "run", Summary: "run a command", Forms: []string{"[OPTIONS] COMMAND [ARG...]"}, Long: "Long text about `run`.",
	OptionsFirst: true, UsageExit: 125,
	Args: []Arg{{Name: "COMMAND", Doc: "the command"}, {Name: "ARG", Doc: "arguments", Optional: true, Repeat: true}},
	Groups: []Group{
		{Title: "What it sees", Flags: []Flag{
			{Long: "bind", Arg: "SRC[:DST]", Repeat: true, Common: true, Doc: "show a file", Set: onTarget(func(t *target, v string) error { t.bind += v; return nil })},
			{Long: "overlay", Arg: "DIR", Optional: true, Doc: "a layer", Complete: CompleteDir, Set: onTarget(func(t *target, v string) error { t.bare = v == ""; return nil })},
			{Short: "e", Long: "env", Arg: "NAME", Repeat: true, Doc: "a variable", Set: onTarget(func(t *target, v string) error { t.env = append(t.env, v); return nil })},
		}},
		{Title: "How much", Flags: []Flag{
			{Short: "m", Long: "memory", Arg: "SIZE", Common: true, Default: "4G", Doc: "memory", More: "All of it.", Set: onTarget(func(t *target, v string) error {
				if v == "bad" {
					return &Error{Text: "not a size"}
				}
				t.memory = v
				return nil
			})},
			{Long: "level", Arg: "NAME", Doc: "how hard", Values: []string{"low", "high"}, Closed: true, Set: onTarget(func(t *target, v string) error { t.level = v; return nil })},
			{Long: "drop", Arg: "NAME", List: true, Repeat: true, Doc: "what to drop", Set: onTarget(func(t *target, v string) error { t.drop = append(t.drop, v); return nil })},
			{Short: "t", Long: "tty", Doc: "a terminal", Set: onTarget(func(t *target, _ string) error { t.tty = true; return nil })},
			{Short: "i", Long: "interactive", Doc: "input", Set: onTarget(func(t *target, _ string) error { t.interactive = true; return nil })},
		}},
	},
	Foreign:  []Foreign{{Name: "--volume", Use: "--bind SRC:DST"}, {Name: "-net", Use: "nothing"}},
	Examples: []Example{{Line: "hull run true", Doc: "begin"}},
	Exit:     []Exit{{Code: "125", Doc: "it sank"}},
	Run:      func(c *Call) (int, error) { t := target{}; return 7, c.Apply(&t) },
}

var testList = Command{
	Name: "list", Summary: "list them", Forms: []string{"[OPTIONS] NAME..."},
	Groups:   []Group{{Title: "How to print", Flags: []Flag{{Long: "json", Doc: "JSON", Set: onTarget(func(*target, string) error { return nil })}}}},
	Args:     []Arg{{Name: "NAME", Doc: "which", Repeat: true}},
	Examples: []Example{{Line: "hull list", Doc: "look"}}, Exit: []Exit{{Code: "0", Doc: "fine"}},
	Run: func(c *Call) (int, error) { return 0, c.Print("listed\n") },
}

var testPort = Command{
	Name: "port", Summary: "ports", Forms: []string{"COMMAND"}, Sub: []*Command{&testOpen},
	Examples: []Example{{Line: "hull port open red", Doc: "look out"}}, Exit: []Exit{{Code: "0", Doc: "fine"}},
}

var testOpen = Command{
	Name: "open", Summary: "open one", Forms: []string{"COLOUR"},
	Args:     []Arg{{Name: "COLOUR", Doc: "its colour", Values: []string{"red", "green"}}},
	Examples: []Example{{Line: "hull port open red", Doc: "look out"}}, Exit: []Exit{{Code: "0", Doc: "fine"}},
	Run: func(c *Call) (int, error) { return 0, nil },
}
