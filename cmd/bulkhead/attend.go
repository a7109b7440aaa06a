package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// handedOn are the signals that a program in the foreground gets instead of us.
var handedOn = []os.Signal{
	syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP,
}

// attendance is the time in which we wait for a program's end. It has a session
// of its own, so that the keys that end or stop a command reach only us.
type attendance struct {
	box     *sandbox.Sandbox
	signals chan os.Signal
}

// deaf is how long signals to us are not handed on at first: to listen costs a
// thread and half a millisecond, which a program that is done at once need not
// pay. A signal in that time ends us as usual, and the sandbox with us.
const deaf = 20 * time.Millisecond

// attend waits for the program's end and hands signals on to it.
func attend(box *sandbox.Sandbox) (spec.Result, error) {
	a := attendance{box: box, signals: make(chan os.Signal, 8)}
	listen := time.After(deaf)
	for {
		select {
		case <-box.Done():
			return box.Wait()
		case <-listen:
			listenTo(a.signals)
			defer signal.Stop(a.signals)
		case s := <-a.signals:
			if err := a.handOn(s.(syscall.Signal)); err != nil {
				return spec.Result{}, err
			}
		}
	}
}

// listenTo leaves alone what we were told to ignore, as by nohup.
func listenTo(signals chan os.Signal) {
	for _, s := range handedOn {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
}

func (a *attendance) handOn(s syscall.Signal) error {
	if s == syscall.SIGTSTP {
		return a.pause()
	}
	return a.box.Signal(s)
}

// pause stops the program and then us, as Ctrl-Z does to a command, until
// somebody lets us go on. Without a cgroup the program cannot be stopped by
// somebody who is not inside: then it goes on, and only we are stopped.
func (a *attendance) pause() error {
	frozen := a.box.Freeze() == nil
	signal.Reset(syscall.SIGTSTP)
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTSTP); err != nil {
		return err
	}
	signal.Notify(a.signals, syscall.SIGTSTP)
	if frozen {
		return a.box.Thaw()
	}
	return nil
}
