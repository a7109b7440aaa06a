package main

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// actArg, as the first argument, makes this program the hostile one.
const actArg = "act"

// acts by name. An act gets its words and returns nil when it got what it wanted, or what stopped it.
var acts map[string]func(args []string) error

func init() {
	acts = map[string]func([]string) error{
		"tiocsti": tiocsti, "tioclinux": tioclinux, "x32": x32, "i386": runProgram, "uring": uring, "calls": dangerousCalls, "sweep": sweep,
		"trace": trace, "exewrite": exeWrite, "exehost": exeHost,
		"dirfds": directoryFDs, "readfds": readFDs, "marker": marker, "fakenull": fakeNull, "fakeproc": fakeProc, "plant": fakeNull, "fleet": fleet, "whoami": whoami,
		"openwrite": openWrite, "readany": readAny, "release": releaseAgent, "mountcg": mountCgroup, "userns": userNamespace, "nothing": nothing,
		"dial": dial, "bus": bus, "sysv": sysv, "keyring": keyring, "socket": socket, "lock": lock, "victim": victim,
		"forks": forks, "memory": memory, "allocate": allocate, "inodes": inodes, "pour": pour, "descriptors": descriptors,
		"setid": setID, "daemons": daemons, "linger": linger, "stubborn": stubborn, "clock": clock, "core": core,
		"throughlink": throughLink, "layer": layer, "regain": regain, "hook": hook, "walls": walls, "namespaces": namespaces,
	}
}

// begun is what a program that stays says, for the host to go on.
const begun = "act: begun"

// runAct does one act and tells the host by stderr, which bulkhead hands on as it is.
func runAct(args []string) int {
	if len(args) == 0 || acts[args[0]] == nil {
		fmt.Fprintf(os.Stderr, "escape: no such act: %q\n", args)
		return 2
	}
	if err := acts[args[0]](args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "act: stopped", answer(err))
		return 1
	}
	fmt.Fprintln(os.Stderr, "act: reached")
	return 0
}

// answer is the errno's name where there is one: shorter than any sentence, and the same everywhere.
func answer(err error) string {
	for e := err; e != nil; {
		if errno, ok := e.(syscall.Errno); ok {
			return unix.ErrnoName(errno)
		}
		inner, ok := e.(interface{ Unwrap() error })
		if !ok {
			break
		}
		e = inner.Unwrap()
	}
	return err.Error()
}

// first tries one thing after the other until one works, and otherwise tells how the last one failed.
func first(things []string, try func(string) error) error {
	err := error(syscall.ENOENT)
	for _, thing := range things {
		if err = try(thing); err == nil {
			return nil
		}
	}
	return err
}

// errnoOf turns the result of a raw call into an error.
func errnoOf(errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}

func nothing([]string) error { return nil }
