package main

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/sandbox"
)

// onKeyQ calls stop when somebody types q on a terminal, where keys then
// arrive at once and unseen. The function that it returns gives the terminal back.
func onKeyQ(in *os.File, stop func()) (restore func()) {
	before, err := keysOf(in)
	if err != nil {
		return func() {}
	}
	fd := int(in.Fd())
	at := *before
	at.Lflag &^= unix.ICANON | unix.ECHO
	at.Cc[unix.VMIN], at.Cc[unix.VTIME] = 1, 0
	if unix.IoctlSetTermios(fd, unix.TCSETS, &at) != nil {
		return func() {}
	}
	go awaitKeyQ(in, stop)
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, before) }
}

// keysOf are the settings of a terminal that is ours to read: a job in the
// background would be stopped for changing them.
func keysOf(in *os.File) (*unix.Termios, error) {
	if !sandbox.IsTerminal(in) {
		return nil, unix.ENOTTY
	}
	group, err := unix.IoctlGetInt(int(in.Fd()), unix.TIOCGPGRP)
	if err == nil && group != unix.Getpgrp() {
		err = unix.ENOTTY
	}
	if err != nil {
		return nil, err
	}
	return unix.IoctlGetTermios(int(in.Fd()), unix.TCGETS)
}

func awaitKeyQ(in *os.File, stop func()) {
	key := make([]byte, 1)
	for {
		n, err := in.Read(key)
		if err != nil {
			return
		}
		if n == 1 && (key[0] == 'q' || key[0] == 'Q') {
			stop()
			return
		}
	}
}
