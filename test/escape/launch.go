package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ended is how a run went.
type ended struct {
	// reports are the act's lines; stderr is everything.
	reports []string
	stderr  string
	code    int
	// out is how many bytes came on stdout.
	out int
}

// launch starts the tool and waits for its end.
func (s *scene) launch(argv []string) (ended, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	out, lines := &counter{}, &listener{begun: make(chan struct{})}
	s.equip(cmd)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, lines, patience
	if err := cmd.Start(); err != nil {
		return ended{}, err
	}
	done := make(chan struct{})
	over := make(chan struct{})
	go func() {
		defer close(over)
		s.end(cmd, lines.begun, done)
	}()
	err := cmd.Wait()
	close(done)
	<-over
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return ended{}, err
	}
	text := lines.String()
	return ended{reports: reports(text), stderr: text, code: code(cmd.ProcessState), out: out.n}, nil
}

// equip gives the tool what the scene wants it to have.
func (s *scene) equip(cmd *exec.Cmd) {
	cmd.Dir, cmd.Env = s.cwd, append(os.Environ(), s.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if s.stdin != nil {
		cmd.Stdin = s.stdin
		st, err := s.stdin.Stat()
		cmd.SysProcAttr.Setctty = err == nil && st.Mode()&os.ModeCharDevice != 0
	}
	for fd, f := range s.fds {
		for len(cmd.ExtraFiles) <= fd-3 {
			cmd.ExtraFiles = append(cmd.ExtraFiles, nil)
		}
		cmd.ExtraFiles[fd-3] = f
	}
}

// end signals the tool when its time has come.
func (s *scene) end(cmd *exec.Cmd, begun, done chan struct{}) {
	select {
	case <-begun:
	case <-done:
		return
	}
	select {
	case <-done:
		return
	case <-time.After(s.after):
		_ = cmd.Process.Signal(s.signal) // it may be over
	}
	select {
	case <-done:
	case <-time.After(patience):
		s.stuck = true
		_ = cmd.Process.Kill() // likewise
	}
}

// code is the exit code as a shell has it.
func code(p *os.ProcessState) int {
	if status := p.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return p.ExitCode()
}

func reports(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if _, said, ok := strings.Cut(line, actArg+": "); ok {
			found = append(found, strings.TrimSpace(said))
		}
	}
	return found
}

// counter counts what it drops.
type counter struct{ n int }

func (c *counter) Write(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}

// listener keeps what it hears, and tells when the program says that it has begun.
type listener struct {
	lock  sync.Mutex
	text  bytes.Buffer
	told  bool
	begun chan struct{}
}

func (l *listener) Write(p []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.text.Write(p)
	if !l.told && strings.Contains(l.text.String(), begun) {
		l.told = true
		close(l.begun)
	}
	return len(p), nil
}

func (l *listener) String() string {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.text.String()
}
