package proc

import (
	"os"
	"slices"
	"strconv"
	"strings"
)

// File is an open descriptor.
type File struct {
	FD int `json:"fd"`
	// Name is a path as the process's namespaces show it, or as in "socket:[123]".
	Name string `json:"name"`
	// Write tells that it was opened for writing.
	Write bool `json:"write"`
	// Directory is one: other files can be opened beneath.
	Directory bool `json:"directory,omitempty"`
	// Mount is the mount's number, as in Mount.ID.
	Mount string `json:"-"`
}

// Files are the open descriptors, in order.
func (f FS) Files(pid int) ([]File, error) {
	entries, err := os.ReadDir(f.path(pid, "fd"))
	if err != nil {
		return nil, err
	}
	var list []File
	for _, e := range entries {
		fd, _ := strconv.Atoi(e.Name())
		if name, err := os.Readlink(f.path(pid, "fd/"+e.Name())); err == nil {
			list = append(list, f.file(pid, fd, name))
		}
	}
	slices.SortFunc(list, func(a, b File) int { return a.FD - b.FD })
	return list, nil
}

func (f FS) file(pid, fd int, name string) File {
	info, _ := f.read(pid, "fdinfo/"+strconv.Itoa(fd), mostListed)
	file := File{FD: fd, Name: name}
	file.setInfo(string(info))
	return file
}

// Bits of open(2), the same on amd64 and arm64 but for O_DIRECTORY: the kernel's own there.
const accessMode = 3

func (f *File) setInfo(text string) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); name {
		case "flags":
			flags, _ := strconv.ParseUint(value, 8, 64)
			f.Write = flags&accessMode != 0
			f.Directory = flags&directoryFlag != 0
		case "mnt_id":
			f.Mount = value
		}
	}
}
