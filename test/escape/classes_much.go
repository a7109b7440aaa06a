package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

var limitClasses = []class{
	{n: 35, name: "a fork bomb", wall: "pids.max of the cgroup", act: "forks", stage: limited("--pids", "32"), mayEnd: true},
	{n: 36, name: "memory by files without a name, shared memory, pages", wall: "memory.max of the cgroup counts all of it", act: "memory", stage: limited("--memory", "48M"), mayEnd: true},
	{n: 37, name: "a lack of memory that kills somebody else", elsewhere: "TestTenOutOfMemory and TestInitAsTheVictim of package sandbox: each dies alone"},
	{n: 38, name: "swap beyond the limit of memory", elsewhere: "the tests of package sandbox, on machines with swap: it is limited together with memory, to 0 by default"},
	{n: 39, name: "filling disks with space that nobody writes", wall: "tmpfs with a size, and nothing else to write", act: "allocate", stage: limitedPlace("--tmp-size", "16M")},
	{n: 40, name: "using up inodes", wall: "tmpfs with a number of inodes", act: "inodes", stage: limitedPlace("--tmp-inodes", "256")},
	{n: 41, name: "output without an end", wall: "the launcher counts, and ends the program", act: "pour", stage: limited("--output", "1M"), evidence: poured, mayEnd: true,
		gaps: map[string]string{"exec": "--output counts what the sandbox's own program writes; what exec's writes is for its caller to count"}},
	{n: 42, name: "using up descriptors", wall: "a hard limit of open files", act: "descriptors"},
}

func limited(flags ...string) func(*scene) error {
	return func(s *scene) error {
		s.limits = flags
		return nil
	}
}

// limitedPlace also tells the act of a place outside, which is there for the control.
func limitedPlace(flags ...string) func(*scene) error {
	return func(s *scene) error {
		s.space, s.args = flags, []string{s.hidden}
		return nil
	}
}

func poured(_ *scene, e ended) string {
	if e.out > 8*mib {
		return fmt.Sprint(e.out/mib, " MiB came out")
	}
	return ""
}

var lifeClasses = []class{
	{n: 44, name: "daemons that stay", wall: "a pid namespace ends with its init", act: "daemons", stage: lasting(), evidence: alive},
	{n: 45, name: "ignoring every signal", wall: "a time limit ends by SIGKILL, from outside", act: "stubborn", stage: lasting("--wall", "1s"), evidence: alive, mayEnd: true, stays: unix.SIGTERM},
	{n: 46, name: "outliving a launcher that is killed", wall: "init dies with the launcher, and with it the namespace", act: "fleet", stage: lasting(), evidence: alive, mayEnd: true, stays: unix.SIGKILL},
	{n: 48, name: "sleeping for ever", wall: "wall time has a limit", act: "linger", stage: lasting("--wall", "1s"), evidence: alive, mayEnd: true, stays: unix.Signal(0)},
}

// lasting is for acts that stay: the word is how they are found.
func lasting(flags ...string) func(*scene) error {
	return func(s *scene) error {
		s.args, s.limits, s.after = []string{s.token}, flags, 0
		if len(flags) > 0 {
			s.after = 2500 * time.Millisecond
		}
		return nil
	}
}
