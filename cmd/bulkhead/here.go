package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// mostRead is the largest file that flags read: what is larger is to be bound.
const mostRead = 64 << 20

// here is this process as the one that asks.
func here() (caller, error) {
	dir, err := syscall.Getwd()
	if err != nil {
		return caller{}, &cli.Error{Text: "cannot find the working directory: " + err.Error(), Hint: "it may have been removed: change to another", Err: err}
	}
	return caller{Dir: dir, Home: os.Getenv("HOME"), ReadFile: readFile, EvalLinks: filepath.EvalSymlinks}, nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostRead+1))
	if err == nil && len(data) > mostRead {
		err = errors.New("it has more than 64 MiB")
	}
	return data, err
}
