package main

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const mib = 1 << 20

// forks makes 64 processes that do nothing. They are gone at its end.
func forks([]string) error {
	var made []int
	defer func() {
		for _, pid := range made {
			unix.Kill(pid, unix.SIGKILL)
			unix.Wait4(pid, nil, 0, nil)
		}
	}()
	for range 64 {
		pid, errno := idleChild()
		if errno != 0 {
			return errno
		}
		made = append(made, int(pid))
	}
	return nil
}

// memory holds 96 MiB: in pages, in a file without a name, and half of it in shared memory.
func memory([]string) error {
	const part = 24 * mib
	held := make([]byte, part)
	fill(held)
	fd, err := unix.MemfdCreate("hostile", unix.MFD_CLOEXEC)
	if err != nil {
		return err
	}
	if _, err := unix.Write(fd, held); err != nil {
		return err
	}
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, 2*part, unix.IPC_CREAT|0o600)
	if err != nil {
		return err
	}
	defer unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	shared, err := unix.SysvShmAttach(id, 0, 0)
	if err != nil {
		return err
	}
	fill(shared)
	return nil
}

// fill makes memory real: a page that nobody wrote to costs nothing.
func fill(memory []byte) {
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
}

// places are where a program may write, with or without a place of the host's.
func places(host string) []string {
	return []string{"/tmp", "/dev/shm", os.Getenv("HOME"), "/var/tmp", "/run", host}
}

// allocate promises itself 64 MiB of disk or memory somewhere.
func allocate(a []string) error {
	return first(places(a[0]), func(dir string) error {
		name := filepath.Join(dir, "bulkhead-escape-space")
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		defer os.Remove(name)
		defer f.Close()
		return unix.Fallocate(int(f.Fd()), 0, 0, 64*mib)
	})
}

// inodes makes 512 empty files somewhere.
func inodes(a []string) error {
	return first(places(a[0]), func(place string) error {
		dir, err := os.MkdirTemp(place, "bulkhead-escape-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		for i := range 512 {
			fd, err := unix.Open(filepath.Join(dir, strconv.Itoa(i)), unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
			if err != nil {
				return err
			}
			unix.Close(fd)
		}
		return nil
	})
}

// pour writes 16 MiB to stdout.
func pour([]string) error {
	block := bytes.Repeat([]byte("y\n"), 32<<10)
	for range 16 * mib / len(block) {
		if _, err := unix.Write(1, block); err != nil {
			return err
		}
	}
	return nil
}

// descriptors opens 5000 of them, after raising its own limit as far as it may.
func descriptors([]string) error {
	var most unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &most); err != nil {
		return err
	}
	most.Cur = most.Max
	_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &most) // what it cannot raise is what stops it below
	for range 5000 {
		if _, err := unix.Open("/", unix.O_PATH|unix.O_CLOEXEC, 0); err != nil {
			return err
		}
	}
	return nil
}

// daemons leaves ten processes behind, each of a session of its own and nobody's child.
func daemons(a []string) error {
	for range 10 {
		attr := &syscall.ProcAttr{Files: []uintptr{}, Sys: &syscall.SysProcAttr{Setsid: true}}
		if _, err := syscall.ForkExec("/proc/self/exe", []string{"escape", actArg, "stubborn", a[0]}, attr); err != nil {
			return err
		}
	}
	time.Sleep(50 * time.Millisecond) // until they are what they are
	return nil
}

// linger stays for a minute; its word is how the host finds it.
func linger([]string) error {
	fmt.Fprintln(os.Stderr, begun)
	time.Sleep(time.Minute)
	return nil
}

// stubborn ignores every signal that it can, and uses no processor.
func stubborn(a []string) error {
	signal.Ignore()
	return linger(a)
}

// fleet leaves daemons behind and stays itself.
func fleet(a []string) error {
	if err := daemons(a); err != nil {
		return err
	}
	return linger(a)
}

// whoami prints the user that it has become.
func whoami([]string) error {
	_, err := fmt.Println(os.Geteuid())
	return err
}
