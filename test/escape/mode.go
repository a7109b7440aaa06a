package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// mode is one way to start a program.
type mode struct {
	name string
	// rival is another tool, with its defaults; open is no tool at all.
	rival, open bool
	// roots is a tool that only root tries: as anybody else it takes seconds for each act, and leaves a process behind.
	roots bool
	// tried says that another tool was asked whether it works here, and broken why not.
	tried  bool
	broken string
	// tool is its program, if it has one; program is this one, where everybody can read it.
	tool, program string
	// argv is the whole command line that runs an act.
	argv func(s *scene, act []string) []string
	// before gets ready what argv needs, such as the sandbox that exec enters.
	before func(s *scene) error
	// lacks says why an act cannot be shown with this tool.
	lacks func(c *class, s *scene) string
}

// profiles are the built-in ones beside the default.
var profiles = []string{"strict", "build", "shell", "agent"}

// modes are bulkhead's, and then those of other tools. One more way to start programs, such as a pool, is one more line.
func modes(bulkhead, program string) []*mode {
	all := []*mode{
		{name: "run", argv: run()},
		{name: "uid 0", argv: run("--user", "root")},
		{name: "exec", argv: enter, before: residence},
		{name: "pool", argv: kept},
		{name: "nested", argv: nested},
	}
	for _, p := range profiles {
		all = append(all, &mode{name: p, argv: run("--profile", p)})
	}
	for _, m := range all {
		m.tool = bulkhead
	}
	all[len(all)-1].lacks = agentGrants
	for _, r := range rivals() {
		if path, err := exec.LookPath(r.tool); err == nil && (os.Geteuid() == 0 || !r.roots) {
			r.tool, r.rival = path, true
			all = append(all, r)
		}
	}
	for _, m := range all {
		m.program = program
	}
	return all
}

// agentGrants is what the last profile, agent, gives on purpose.
func agentGrants(c *class, _ *scene) string {
	if c.act == "marker" {
		return "the profile shows the directory that it is started in"
	}
	return ""
}

// outside runs the act without any wall: the control.
func outside(program string) *mode {
	return &mode{name: "outside", open: true, program: program, argv: func(_ *scene, act []string) []string { return act }}
}

// choose keeps the named modes.
func choose(all []*mode, names []string) ([]*mode, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []*mode
	for _, name := range names {
		i := slices.IndexFunc(all, func(m *mode) bool { return m.name == name })
		if i < 0 && slices.ContainsFunc(rivals(), func(m *mode) bool { return m.name == name }) {
			continue // not installed, or root's only
		}
		if i < 0 {
			return nil, fmt.Errorf("no mode is called %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// run is bulkhead run with these flags more.
func run(flags ...string) func(*scene, []string) []string {
	return func(s *scene, act []string) []string {
		return slices.Concat([]string{s.mode.tool, "run", "-T"}, flags, s.shown(), s.limits, s.space, []string{"--"}, act)
	}
}

// shown are the flags for what the sandbox sees: this program, and what the scene has.
func (s *scene) shown() []string {
	flags := []string{"--bind", s.mode.program}
	if s.root != "" {
		flags = append(flags, "--root", s.root)
	}
	for _, b := range s.binds {
		flags = append(flags, "--bind", b.src+":"+b.target()+b.suffix())
	}
	return flags
}

func (b bind) suffix() string {
	text := ":ro"
	if b.write {
		text = ":rw"
	}
	if b.options != "" {
		text += "," + b.options
	}
	return text
}

// residence starts the sandbox that exec enters.
func residence(s *scene) error {
	words := run("--name", s.token)(s, []string{s.mode.program, actArg, "linger", "residence"})
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = s.cwd
	if s.cwd != "/" {
		cmd.Dir = filepath.Dir(s.shared)
	}
	heard := &listener{begun: make(chan struct{})}
	cmd.Stderr = heard
	if err := cmd.Start(); err != nil {
		return err
	}
	over := make(chan struct{})
	go func() {
		cmd.Wait()
		close(over)
	}()
	s.leave = func() {
		cmd.Process.Kill()
		<-over
	}
	s.atEnd(s.leave)
	select {
	case <-heard.begun:
		return s.recorded()
	case <-over:
		return refused{heard.String()}
	case <-time.After(30 * time.Second):
		return fmt.Errorf("the sandbox to enter did not begin: %s", heard.String())
	}
}

// recorded waits until the sandbox can be entered: its program may begin a moment before its launcher has written that down.
func (s *scene) recorded() error {
	var text []byte
	for range 100 {
		var err error
		if text, err = exec.Command(s.mode.tool, "exec", "-T", s.token, "--", s.mode.program, actArg, "nothing").CombinedOutput(); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("the sandbox cannot be entered: %s", text)
}

// refused is a tool that would not start.
type refused struct{ why string }

func (r refused) Error() string { return r.why }

func enter(s *scene, act []string) []string {
	return append([]string{s.mode.tool, "exec", "-T", s.token, "--"}, act...)
}

// nested is bulkhead run within bulkhead run; the outer one has the limits, and shows the inner one what that needs.
func nested(s *scene, act []string) []string {
	flags := []string{s.mode.tool, "run", "-T", "--nest", "--bind", s.mode.tool, "--bind", s.mode.program}
	if s.root != "" {
		flags = append(flags, "--bind", s.root)
	}
	for _, b := range s.binds {
		flags = append(flags, "--bind", b.src+":"+b.src+bind{write: b.write}.suffix())
	}
	inner := slices.Concat([]string{s.mode.tool, "run", "-T"}, s.shown(), s.space, []string{"--"}, act)
	return slices.Concat(flags, s.limits, s.space, []string{"--"}, inner)
}
