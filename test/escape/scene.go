package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// scene is the host's side of one act in one mode: what there is to reach, and what the sandbox is shown.
type scene struct {
	mode *mode
	// token is in the arguments of whatever the act leaves running, and in all names that it makes.
	token string
	// hidden is a directory of the host that no sandbox is given, shared one that it may be.
	hidden, shared string
	// args are the act's words.
	args []string
	env  []string
	// binds are what the sandbox is shown, in this order.
	binds []bind
	// limits are bulkhead's flags for what a program may use; other tools have none by default.
	limits []string
	// space are those of them that each sandbox has for itself, also one within another.
	space []string
	// root is a directory that is the sandbox's whole tree.
	root string
	// cwd is where the tool is started.
	cwd   string
	stdin *os.File
	fds   map[int]*os.File
	// wrap is how the tool itself is started; see wrappers.
	wrap string
	// signal is sent to the tool, after that much of the program's life, if it is not over by then.
	signal unix.Signal
	after  time.Duration
	// stuck says that the tool outlived that by far, and had to be killed.
	stuck bool
	// front is the set-user-ID program to compare with.
	front string
	// leave ends the sandbox that exec enters.
	leave   func()
	closers []func()
}

// bind shows a file or a directory; dst is src when empty.
type bind struct {
	src, dst string
	write    bool
	// options are bulkhead's own, such as guard=; cover lists what tools without them are asked to show read-only over it.
	options string
	cover   []string
}

func (b bind) target() string {
	if b.dst == "" {
		return b.src
	}
	return b.dst
}

// secret is what hidden files say.
const secret = "the host's secret\n"

func newScene(base string, m *mode) (*scene, error) {
	token := "escape" + rand.Text()[:10]
	s := &scene{mode: m, token: token, cwd: "/", after: 20 * time.Second, fds: map[int]*os.File{}}
	dir := filepath.Join(base, token)
	if m.name == "agent" {
		s.cwd = filepath.Join(dir, "shared") // what it may change is where it is started
	}
	s.hidden, s.shared = filepath.Join(dir, "hidden"), filepath.Join(dir, "shared")
	for _, d := range []string{s.hidden, s.shared} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, err
		}
	}
	s.atEnd(func() { removeAll(dir) })
	return s, nil
}

// removeAll removes a tree whatever the modes in it.
func removeAll(dir string) {
	_ = exec.Command("chmod", "-R", "u+rwX", dir).Run() // what cannot be changed shows in the next line
	os.RemoveAll(dir)
}

func (s *scene) atEnd(f func()) { s.closers = append(s.closers, f) }

func (s *scene) close() {
	s.killLeft()
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

// file makes a file of the host and returns its path.
func (s *scene) file(dir, name, text string, mode os.FileMode) (string, error) {
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(text), mode)
}

// open opens a file of the host until the end.
func (s *scene) open(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err == nil {
		s.atEnd(func() { f.Close() })
	}
	return f, err
}

// neighbour is a process of the same user, outside, that runs this program.
func (s *scene) neighbour() (int, error) {
	cmd := exec.Command(s.mode.program, actArg, "linger", s.token)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	s.atEnd(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd.Process.Pid, waitForExec(cmd.Process.Pid, s.token)
}

func waitForExec(pid int, token string) error {
	for range 200 {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if strings.Contains(string(text), token) {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("process %d did not start", pid)
}

// left are the processes that the act left on the host.
func (s *scene) left() []int {
	var found []int
	names, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range names {
		text, _ := os.ReadFile(name)
		words := strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")
		var pid int
		if _, err := fmt.Sscanf(name, "/proc/%d/cmdline", &pid); err == nil && len(words) > 3 && words[1] == actArg && words[3] == s.token {
			found = append(found, pid)
		}
	}
	return found
}

func (s *scene) killLeft() {
	for _, pid := range s.left() {
		_ = unix.Kill(pid, unix.SIGKILL) // it may be ending by itself
	}
}

// alive is evidence: what is still there after a while.
func alive(s *scene, _ ended) string {
	if s.stuck {
		return "it ran on"
	}
	if s.leave != nil {
		s.leave() // the sandbox that exec entered, which holds what exec left
	}
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if len(s.left()) == 0 {
			return ""
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Sprint(len(s.left()), " processes live on")
}

// changed is evidence: a file of the host that is not what it was.
func changed(path string, mode os.FileMode) string {
	text, err := os.ReadFile(path)
	switch st, e := os.Stat(path); {
	case err != nil || e != nil:
		return filepath.Base(path) + " is gone"
	case string(text) != secret:
		return filepath.Base(path) + " was written"
	case st.Mode().Perm() != mode:
		return filepath.Base(path) + " has another mode"
	}
	return ""
}
