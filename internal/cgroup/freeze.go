package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"syscall"
)

// Freeze stops every process of the group where it is, and returns when all
// have stopped. The program cannot see or refuse it.
//
// On v2 every group can freeze. On v1 the processes are put into a freezer
// group first, which no run pays for unless it is frozen.
func (g *Group) Freeze() error {
	if g.l.V2 == "" {
		return g.freezeV1()
	}
	dir := path.Join(g.l.V2, g.name)
	// FACT — since 5.2 (commit 76f969e8948d) v2 groups freeze; cgroup.events says when it is done — always there on 5.15.
	if err := write(dir+"/cgroup.freeze", "1"); err != nil {
		return err
	}
	return untilDone(func() error {
		events, err := read(dir + "/cgroup.events")
		if err != nil || keyed(events, "frozen") == 1 {
			return err
		}
		return notYet{fmt.Errorf("freeze cgroup %s: not all processes have stopped; one waits in the kernel (ps -o pid,stat,wchan)", dir)}
	})
}

// Thaw lets the processes go on. A group that was not frozen, or is gone, is no error.
func (g *Group) Thaw() error {
	if g.l.V2 == "" {
		return g.thawV1()
	}
	return unlessGone(write(path.Join(g.l.V2, g.name, "cgroup.freeze"), "0"))
}

// Frozen tells whether the group, or one around it, is frozen or on its way there.
func (g *Group) Frozen() bool {
	if g.l.V2 == "" {
		dir := g.l.dir(Freezer, g.name)
		if dir == "" {
			return false
		}
		state, err := read(dir + "/freezer.state") // not there before the first Freeze
		return err == nil && state != "THAWED"
	}
	dir := path.Join(g.l.V2, g.name)
	if wanted, err := read(dir + "/cgroup.freeze"); err == nil && wanted == "1" {
		return true
	}
	events, err := read(dir + "/cgroup.events")
	return err == nil && keyed(events, "frozen") == 1
}

func (g *Group) freezeV1() error {
	dir := g.l.dir(Freezer, g.name)
	if dir == "" {
		reason, hint := g.l.missing(Freezer)
		return errors.New("freeze cgroup " + g.name + ": " + reason + " (" + hint + ")")
	}
	if err := g.makeFreezer(dir); err != nil {
		return err
	}
	if err := untilDone(func() error { return g.gather(dir) }); err != nil {
		return err
	}
	return untilDone(func() error {
		if err := write(dir+"/freezer.state", "FROZEN"); err != nil {
			return err
		}
		// FACT — since 2.6.28 (cgroup-v1/freezer-subsystem.rst) the state stays FREEZING while a process has not stopped, and
		// may need another write — so each round writes.
		if state, err := read(dir + "/freezer.state"); err != nil || state == "FROZEN" {
			return err
		}
		return notYet{fmt.Errorf("freeze cgroup %s: not all processes have stopped", dir)}
	})
}

// makeFreezer makes the directory to freeze in, but not once the group is being removed: it would stay.
func (g *Group) makeFreezer(dir string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return errors.New("freeze cgroup " + g.name + ": it does not exist (any more)")
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

func (g *Group) thawV1() error {
	dir := g.l.dir(Freezer, g.name)
	if dir == "" {
		return nil
	}
	return unlessGone(write(dir+"/freezer.state", "THAWED"))
}

// thawAllV1 thaws the groups inside, too. A program that may make some could freeze itself there, and those it
// may move; on v1 a frozen process does not die. Those that run and could freeze others again must have been killed.
func (g *Group) thawAllV1() {
	if dir := g.l.dir(Freezer, g.name); dir != "" {
		_ = walk(dir, func(here string) error { // who stays frozen is still there for the next round
			_ = write(here+"/freezer.state", "THAWED")
			return nil
		}, nil)
	}
}

// gather moves the group's processes into its freezer directory. A process
// number may have been reused between reading and moving: a stranger that came
// along is put back.
func (g *Group) gather(freezer string) error {
	members, err := g.Procs()
	if err != nil {
		return err
	}
	inside, err := procsBelow(freezer)
	if err != nil {
		return err
	}
	missing := without(members, inside)
	for _, pid := range missing {
		move(pid, freezer)
	}
	members, _ = g.Procs()
	inside, _ = procsBelow(freezer)
	for _, pid := range without(inside, members) {
		move(pid, path.Dir(freezer))
	}
	if len(missing) > 0 {
		return notYet{fmt.Errorf("freeze cgroup %s: it forks faster than its processes can be gathered", freezer)}
	}
	return nil
}

// move puts a process into a group; one that died meanwhile does not matter.
func move(pid int, dir string) {
	if err := write(dir+"/cgroup.procs", strconv.Itoa(pid)); err != nil && !errors.Is(err, syscall.ESRCH) {
		return // the next round finds it still missing and reports it
	}
}

// without is the elements of a that are not in b.
func without(a, b []int) []int {
	return slices.DeleteFunc(slices.Clone(a), func(pid int) bool { return slices.Contains(b, pid) })
}
