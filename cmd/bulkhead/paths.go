package main

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// caller is what reading the flags needs to know of the process that asks.
type caller struct {
	// Dir is the current directory as the kernel knows it, without links, and
	// Home the home directory, or empty.
	Dir, Home string
	// ReadFile reads a file of the host, EvalLinks resolves the links in a path.
	ReadFile  func(name string) ([]byte, error)
	EvalLinks func(path string) (string, error)
}

// read reads a file of the host.
func (c caller) read(name string) ([]byte, error) {
	data, err := c.ReadFile(name)
	if err != nil {
		reason := err
		if open, ok := errors.AsType[*fs.PathError](err); ok {
			reason = open.Err
		}
		return nil, &cli.Error{Text: "cannot read " + quote(name) + ": " + reason.Error(), Hint: readHint(err, c.Dir), Err: err}
	}
	return data, nil
}

func readHint(err error, dir string) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "is the path right? a relative one is taken from " + dir
	case errors.Is(err, fs.ErrPermission):
		return "you may not read it: ls -l shows who may"
	}
	return "write the path of a file that you can read"
}

// abs makes a host path absolute and clean, and still the same file: a ".."
// behind a link leads to the parent of the link's target, not of the link.
func (c caller) abs(name string) (string, error) {
	if name == "" {
		return "", refuse("an empty path", "write . for the current directory")
	}
	if rest, ok := strings.CutPrefix(name+"/", "~/"); ok && c.Home != "" {
		name = c.Home + "/" + strings.TrimSuffix(rest, "/")
	}
	if !strings.HasPrefix(name, "/") {
		name = c.Dir + "/" + name
	}
	up := lastUp(name)
	if up < 0 {
		return path.Clean(name), nil
	}
	real, err := c.EvalLinks(name[:up])
	if err != nil {
		return "", err
	}
	return path.Clean(real + name[up:]), nil
}

// lastUp returns the end of the last ".." in a path, or -1.
func lastUp(name string) int {
	if strings.HasSuffix(name, "/..") {
		return len(name)
	}
	if i := strings.LastIndex(name, "/../"); i >= 0 {
		return i + 3
	}
	return -1
}

// inside checks a path as the program will see it.
func inside(name string) (string, error) {
	switch {
	case name == "":
		return "", refuse("the path inside is missing", "write an absolute path, as in /data")
	case name[0] != '/':
		return "", refuse("the path inside is not absolute: "+quote(name), "it begins with a slash, as in /"+strings.TrimPrefix(name, "./"))
	case strings.Contains(name+"/", "/../"):
		return "", refuse("the path inside holds a \"..\": "+quote(name), "write the path without it")
	}
	return path.Clean(name), nil
}
