package cgroup

import (
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// A program that may make groups of its own can nest them deeper than a path is
// long, or than there are descriptors. So whoever goes through them holds one
// directory at a time, and gets back by "..".

// level is a directory on the way down.
type level struct {
	name string
	todo []string // directories inside that are still to be seen
}

// walk goes through a directory and all directories inside it, innermost first.
// It calls visit with a path of each that is good until visit returns, and then,
// but for the first, leave with its parent and its name; both may be nil. What is removed meanwhile is passed over.
func walk(dir string, visit func(path string) error, leave func(parent int, name string) error) error {
	here, err := os.Open(dir)
	if err != nil {
		return unlessGone(err)
	}
	defer func() { here.Close() }()
	way := []level{{"", subdirs(here)}}
	enter := func(name string) error {
		fd, err := unix.Openat(int(here.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err == nil {
			here.Close()
			here = os.NewFile(uintptr(fd), name)
		}
		return err
	}
	for {
		last := &way[len(way)-1]
		if n := len(last.todo); n > 0 {
			name := last.todo[n-1]
			last.todo = last.todo[:n-1]
			if err := enter(name); err == nil {
				way = append(way, level{name, subdirs(here)})
			} else if unlessGone(err) != nil {
				return &os.PathError{Op: "enter cgroup", Path: name, Err: err}
			}
			continue
		}
		if visit != nil {
			if err := visit("/proc/self/fd/" + strconv.Itoa(int(here.Fd()))); err != nil {
				return err
			}
		}
		if len(way) == 1 {
			return nil
		}
		name := last.name
		if err := enter(".."); err != nil {
			return unlessGone(err)
		}
		if leave != nil {
			if err := leave(int(here.Fd()), name); err != nil {
				return err
			}
		}
		way = way[:len(way)-1]
	}
}

// subdirs are the names of the directories in one.
func subdirs(dir *os.File) []string {
	entries, _ := dir.ReadDir(-1) // one that is being removed has none
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return !e.IsDir() })
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}
