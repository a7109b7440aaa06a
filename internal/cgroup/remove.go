package cgroup

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Remove takes the group away, groups inside it first. Processes that were
// killed need a moment to leave; Remove waits for them, 2 s at most. The
// error names the directory and who is still in it. A group that is gone is no error.
func (g *Group) Remove() error {
	g.Close()
	dirs := g.l.dirs(g.name)
	return untilDone(func() error {
		for ; len(dirs) > 0; dirs = dirs[1:] {
			if err := removeTree(dirs[0]); err != nil {
				return err
			}
		}
		return nil
	})
}

// removeTree removes a directory and those inside it.
func removeTree(dir string) error {
	if err := syscall.Rmdir(dir); err == nil || err == syscall.ENOENT {
		return nil // the usual case, in one call
	}
	err := walk(dir, nil, func(parent int, name string) error {
		return removed(unix.Unlinkat(parent, name, unix.AT_REMOVEDIR), dir)
	})
	if err != nil {
		return err
	}
	return removed(syscall.Rmdir(dir), dir)
}

// removed says what became of a directory below dir, or of itself.
//
// FACT — since 2.6.24 (cgroups(7)) rmdir of a group with processes or groups inside gives EBUSY; a zombie does not count — so
// waiting for the last exit is enough.
func removed(err error, dir string) error {
	switch err {
	case nil, syscall.ENOENT:
		return nil
	case syscall.EBUSY:
		return notYet{fmt.Errorf("remove cgroup %s: %w: %s", dir, err, occupants(dir))}
	}
	return &os.PathError{Op: "remove cgroup", Path: dir, Err: err}
}

// occupants says who keeps a directory from being removed.
func occupants(dir string) string {
	pids, err := procsBelow(dir)
	if err != nil || len(pids) == 0 {
		return "it is still in use"
	}
	return fmt.Sprintf("it still holds %d processes, such as %d", len(pids), pids[0])
}

// prefix begins the names of all groups.
const prefix = "bulkhead-"

// Name is a group's name: it carries the launcher's process number, so that
// the groups of a launcher that was killed can be told from those in use.
func Name(launcher int, suffix string) string {
	return prefix + strconv.Itoa(launcher) + "-" + suffix
}

// Leftovers is the names of the groups of this layout, best that of
// ProbeFor(All), whose launcher no longer lives. It sees launchers of its own pid namespace only: where several pid
// namespaces share one directory of groups, only the outermost may collect.
func Leftovers(l Layout) ([]string, error) {
	var names []string
	var errs []error
	for _, parent := range l.dirs("") {
		entries, err := os.ReadDir(parent)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
		for _, e := range entries {
			if e.IsDir() && orphaned(e.Name()) {
				names = appendNew(names, e.Name())
			}
		}
	}
	slices.Sort(names)
	return names, errors.Join(errs...)
}

// orphaned reports whether a name is that of a group whose launcher is dead.
func orphaned(name string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	number, _, suffixed := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(number)
	return ok && suffixed && err == nil && pid > 0 && syscall.Kill(pid, 0) == syscall.ESRCH
}
