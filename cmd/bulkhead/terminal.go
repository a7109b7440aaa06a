package main

import (
	"os"
	"syscall"

	"github.com/bulkhead/bulkhead/sandbox"
)

// wantsTerminal decides whether the program gets a terminal of its own: as the
// flags and the Spec say, and, where no flag says anything, if the caller's three streams are one.
func (s *streams) wantsTerminal(o *runOptions, wanted bool) bool {
	if o.TerminalSet || wanted {
		return wanted
	}
	return sandbox.IsTerminal(s.Stdin) && sandbox.IsTerminal(s.Stdout) && sandbox.IsTerminal(s.Stderr)
}

// signalled is a program that gets signals.
type signalled interface {
	Signal(syscall.Signal) error
	Attach(stdin, stdout *os.File, onSignal func(os.Signal)) (*sandbox.Attachment, error)
}

// join connects the program's terminal with the caller's. What goes wrong ends
// the program: nobody would see what it prints.
func (s *streams) join(program signalled) {
	hand := func(sig os.Signal) { _ = program.Signal(sig.(syscall.Signal)) } // it fails for a program that has ended
	s.joined, s.joinErr = program.Attach(s.Stdin, s.Stdout, hand)
	if s.joinErr != nil {
		_ = program.Signal(syscall.SIGKILL)
	}
}

// part shows what is left of the program's output and gives the caller's terminal back.
func (s *streams) part() error {
	if s.joined == nil {
		return s.joinErr
	}
	return s.joined.Finish()
}
