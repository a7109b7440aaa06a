package cli

// checkWords compares the words that are not flags with the command's table.
func (ps *parser) checkWords() error {
	words := ps.line.Words
	for i := range ps.command.Args {
		arg := &ps.command.Args[i]
		if len(words) == 0 {
			return ps.missing(arg)
		}
		if arg.Values != nil && !contains(arg.Values, words[0]) {
			return ps.fail("no such "+arg.Name+": "+quote(words[0]), choose(words[0], arg.Values))
		}
		if arg.Repeat {
			return nil
		}
		words = words[1:]
	}
	if len(words) > 0 {
		return ps.fail("one word too many: "+quote(words[0]), ps.usage())
	}
	return nil
}

func (ps *parser) missing(arg *Arg) error {
	if arg.Optional {
		return nil
	}
	return ps.fail(arg.Name+" is missing: "+arg.Doc, ps.usage())
}

func (ps *parser) usage() string {
	return "usage: " + ps.program.Name + " " + ps.program.Path(ps.command) + " " + ps.command.Forms[0]
}
