package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/bulkhead/bulkhead/sandbox"
)

// handedOn are the signals that a program in the foreground gets instead of us.
// With a terminal of its own those that keys send are the terminal's business.
var (
	handedOn = []os.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP,
	}
	besidesTerminal = []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2}
)

// attend hands the signals that we get on to a program, as long as we live. It
// has a session of its own, so that the keys that end or stop a command reach only us.
//
// To listen costs a thread and half a millisecond, which a program that is done
// at once need not pay: call it from IO.Lasting. A signal before that ends us as usual, and the sandbox with us.
func attend(box *sandbox.Sandbox) {
	signals := make(chan os.Signal, 8)
	listenTo(signals, wanted(box.Spec().Terminal))
	go handOn(signals, box)
}

func handOn(signals <-chan os.Signal, program interface {
	Signal(syscall.Signal) error
	suspendable
}) {
	for s := range signals {
		if s == syscall.SIGTSTP {
			pause(program)
		} else {
			_ = program.Signal(s.(syscall.Signal)) // it fails only for a program that has ended
		}
	}
}

func wanted(terminal bool) []os.Signal {
	if terminal {
		return besidesTerminal
	}
	return handedOn
}

// listenTo leaves alone what we were told to ignore, as by nohup.
func listenTo(signals chan os.Signal, list []os.Signal) {
	for _, s := range list {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
}
