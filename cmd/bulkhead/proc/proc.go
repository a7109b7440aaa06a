// Package proc reads what /proc tells about processes, and compares nothing.
//
// Everything in it is chosen by strangers or may be gone at any moment: each
// reader takes what it can get, bounded in size, and what could not be read is
// told apart from what is not there.
package proc

import (
	"errors"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// FS is the path of a mounted /proc.
type FS string

// Host is the one of this pid namespace.
const Host FS = "/proc"

// The most that is read of one file: a command line of 2 MiB is nobody's to read in a list.
const (
	mostListed = 4 << 10
	mostRead   = 4 << 20
)

func (f FS) path(pid int, name string) string {
	return string(f) + "/" + strconv.Itoa(pid) + "/" + name
}

// read is a file of a process, at most so many bytes of it. It is by plain
// system calls: package os asks three more of each file, for thousands of files.
func (f FS) read(pid int, name string, most int) ([]byte, error) {
	fd, err := unix.Open(f.path(pid, name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	text := make([]byte, 0, min(most, mostListed))
	for len(text) < most {
		text = slices.Grow(text, 1)
		n, err := unix.Read(fd, text[len(text):min(cap(text), most)])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		text = text[:len(text)+n]
	}
	return text, nil
}

// pids are the numbers of all processes that are shown, in order.
func (f FS) pids() []int {
	dir, err := os.Open(string(f))
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	var list []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid > 0 {
			list = append(list, pid)
		}
	}
	slices.Sort(list)
	return list
}

// gone reports whether an error means that the process has ended.
func gone(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH)
}
