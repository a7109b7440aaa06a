package main

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// class is one way out of a sandbox that somebody once found, and what stops it.
type class struct {
	// n is the class's number, for good: reports and pages refer to it.
	n    int
	name string
	// wall says in a line what stops it.
	wall string
	// act is what the hostile program does; see acts.
	act string
	// stage prepares the host: what to reach, and what the sandbox is shown. It may be nil.
	stage func(*scene) error
	// evidence says what the host has suffered, or nothing. With it the act's own opinion does not count.
	evidence func(*scene, ended) string
	// control starts the act with this wall off, where it would do harm outside.
	control func(*scene, []string) []string
	// ours says why it is not done with other tools.
	ours string
	// stays is sent to the launcher of an act that stays.
	stays unix.Signal
	// gaps say, by mode, why it is not contained, where that is known.
	gaps map[string]string
	// mayEnd: being killed or not started at all is an answer too, not a failure of the corpus.
	mayEnd bool
	// absent maps the error with which a control may fail to the reason: the kernel at hand lacks the thing.
	absent map[string]string
	// elsewhere says why there is no act here; such a class has nothing else.
	elsewhere string
}

// patience is how long a program that should be over may still be seen.
const patience = 3 * time.Second

// classes are all of them, in order.
func classes() []class {
	var all []class
	for _, part := range [][]class{terminalClasses, callClasses, startClasses, kernelFileClasses, channelClasses, limitClasses, lifeClasses, fileClasses, statusClasses} {
		all = append(all, part...)
	}
	slices.SortFunc(all, func(a, b class) int { return cmp.Compare(a.n, b.n) })
	return all
}
