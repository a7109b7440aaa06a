package cgroup

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// The kernel's files are small, and this package is on the start path of
// programs that live for a millisecond: plain system calls, since os.ReadFile
// makes three more for every file (fstat, epoll, a second read).

// read is the content of a file of the cgroup tree or of proc, without the last line end.
func read(file string) (string, error) {
	fd, err := open(file, syscall.O_RDONLY)
	if err != nil {
		return "", &os.PathError{Op: "read", Path: file, Err: err}
	}
	defer syscall.Close(fd)
	var buf [1024]byte
	var text []byte
	for {
		n, err := again(func() (int, error) { return syscall.Read(fd, buf[:]) })
		if err != nil {
			return "", &os.PathError{Op: "read", Path: file, Err: err}
		}
		if n == 0 {
			return strings.TrimSuffix(string(text), "\n"), nil
		}
		text = append(text, buf[:n]...)
	}
}

// write puts a value into a file of the cgroup tree, in one call as the kernel demands.
func write(file, value string) error {
	fd, err := open(file, syscall.O_WRONLY)
	if err == nil {
		_, err = again(func() (int, error) { return syscall.Write(fd, []byte(value)) })
		syscall.Close(fd)
	}
	if err != nil {
		return &os.PathError{Op: "write " + quote(value) + " to", Path: file, Err: err}
	}
	return nil
}

func open(file string, mode int) (int, error) {
	return again(func() (int, error) { return syscall.Open(file, mode|syscall.O_CLOEXEC, 0) })
}

// again repeats a call that a signal interrupted.
func again(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// exists reports whether a file can be seen.
func exists(file string) bool { return syscall.Access(file, 0) == nil }

// writable says why a file cannot be written: EROFS also for root, which may
// write anything else.
func writable(file string) error { return syscall.Access(file, 2) }

// keyed is the value after key in a file of "key value" lines, 0 where it is missing.
func keyed(text, key string) int64 {
	for line := range strings.SplitSeq(text, "\n") {
		if name, value, ok := strings.Cut(line, " "); ok && name == key {
			n, _ := strconv.ParseInt(value, 10, 64)
			return n
		}
	}
	return 0
}
