package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// stage is what a demonstration finds outside: its words and how to take it away again.
type stage struct {
	ctx   context.Context
	call  *cli.Call
	words []string
	// told is the text that says what was prepared, with its values.
	told  []string
	close []func()
}

// setUp makes what the demonstration needs; strike must be called even if it fails.
func (s *stage) setUp(what string) error {
	switch what {
	case "neighbour":
		return s.neighbour()
	case "server":
		return s.server()
	case "directory":
		return s.directory(what)
	case "queue":
		return s.queue()
	case "socket":
		return s.socket()
	}
	return nil
}

func (s *stage) strike() {
	for i := len(s.close) - 1; i >= 0; i-- {
		s.close[i]()
	}
}

func (s *stage) fill(words []string) []string {
	r := strings.NewReplacer(s.words...)
	filled := make([]string, len(words))
	for i, w := range words {
		filled[i] = r.Replace(w)
	}
	return filled
}

func (s *stage) neighbour() error {
	cmd := exec.CommandContext(s.ctx, "sleep", "60")
	if err := cmd.Start(); err != nil {
		return err
	}
	s.close = append(s.close, func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) // it has ended already, or does now
	pid := strconv.Itoa(cmd.Process.Pid)
	s.words = []string{"{pid}", pid}
	s.told = []string{"neighbour", "pid", pid}
	return nil
}

// server is a sandbox that serves on port 80 of its own network, which leads nowhere.
func (s *stage) server() error {
	name := "tour-" + strconv.Itoa(os.Getpid())
	h := half{flags: []string{"--name", name}, command: append(inet, "$| = 1; "+serve, "60")}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	ctx, stop := context.WithCancel(s.ctx)
	ended := make(chan error, 1)
	go func() {
		_, err := s.runInto(ctx, h, w)
		w.Close()
		ended <- err
	}()
	s.close = append(s.close, func() { stop(); <-ended })
	if n, err := r.Read(make([]byte, 64)); n == 0 {
		stop()
		failed := <-ended
		ended <- nil
		if failed != nil {
			return failed
		}
		return err
	}
	s.words = []string{"{box}", name}
	s.told = []string{"server", "command", typed(h, s)}
	return nil
}

func (s *stage) directory(key string) error {
	dir, err := os.MkdirTemp("/tmp", "bulkhead-tour-")
	if err != nil {
		return err
	}
	s.close = append(s.close, func() { _ = os.RemoveAll(dir) }) // what cannot be removed stays below /tmp
	s.words = []string{"{dir}", dir}
	s.told = []string{key, "dir", dir}
	if err := os.Chmod(dir, 0o777); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "secret"), []byte("secret\n"), 0o644)
}

func (s *stage) queue() error {
	id, _, errno := syscall.Syscall(syscall.SYS_MSGGET, 0, 0o666, 0)
	if errno != 0 {
		return os.NewSyscallError("msgget", errno)
	}
	s.close = append(s.close, func() { _, _, _ = syscall.Syscall(syscall.SYS_MSGCTL, id, 0, 0) }) // IPC_RMID
	s.told = []string{"queue"}
	return nil
}

// socket is one that greets whoever connects.
func (s *stage) socket() error {
	if err := s.directory("socket"); err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	name := s.words[1] + "/socket"
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: name}); err != nil {
		syscall.Close(fd)
		return os.NewSyscallError("bind", err)
	}
	if err := os.Chmod(name, 0o777); err != nil {
		syscall.Close(fd)
		return err
	}
	ended := make(chan struct{})
	s.close = append(s.close, func() { _ = syscall.Shutdown(fd, syscall.SHUT_RDWR); <-ended; syscall.Close(fd) })
	err = syscall.Listen(fd, 4)
	go greet(fd, ended)
	return os.NewSyscallError("listen", err)
}

func greet(fd int, ended chan<- struct{}) {
	defer close(ended)
	for {
		c, _, err := syscall.Accept4(fd, syscall.SOCK_CLOEXEC)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return
		}
		_, _ = syscall.Write(c, []byte("hello from outside\n")) // the half shows whether it came
		syscall.Close(c)
	}
}
