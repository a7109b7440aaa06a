package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// rivals are other tools as they are mostly called: what an attacker meets who is lucky.
func rivals() []*mode {
	return []*mode{
		{name: "bwrap", tool: "bwrap", argv: bwrap},
		{name: "podman", tool: "podman", argv: podman, before: podmanRoot, roots: true},
		{name: "firejail", tool: "firejail", argv: firejail, lacks: firejailLacks},
	}
}

func bwrap(s *scene, act []string) []string {
	args := []string{s.mode.tool, "--unshare-all", "--die-with-parent"}
	if s.root == "" {
		args = append(args, "--ro-bind", "/", "/")
	} else {
		args = append(args, "--ro-bind", s.root, "/")
	}
	args = append(args, "--proc", "/proc", "--dev", "/dev")
	if s.root == "" {
		args = append(args, "--tmpfs", "/tmp")
	}
	for _, b := range s.binds {
		how := "--ro-bind"
		if b.write {
			how = "--bind"
		}
		args = append(args, how, b.src, b.target())
		for _, c := range b.cover {
			args = append(args, "--ro-bind", c, c)
		}
	}
	return slices.Concat(args, []string{"--"}, act)
}

// podmanRoot makes the tree of a container from this program alone: it needs nothing else.
func podmanRoot(s *scene) error {
	s.atEnd(func() { podmanRemoved(s) })
	if s.root != "" {
		return nil
	}
	s.root = filepath.Join(filepath.Dir(s.shared), "root")
	for _, dir := range []string{"tmp", "proc", "dev", "sys", "etc", "run", "var/tmp"} {
		if err := os.MkdirAll(filepath.Join(s.root, dir), 0o755); err != nil {
			return err
		}
	}
	return copyProgram(s.mode.program, filepath.Join(s.root, s.mode.program))
}

// podmanRemoved ends a container whose command was killed: it is no child of that.
func podmanRemoved(s *scene) {
	_ = exec.Command(s.mode.tool, "rm", "--force", "--ignore", "--time", "0", s.token).Run() // mostly it is gone by itself
}

func podman(s *scene, act []string) []string {
	args := []string{s.mode.tool}
	if _, err := exec.LookPath("runc"); err == nil {
		args = append(args, "--runtime", "runc") // crun refuses hosts that have both versions of cgroups
	}
	// The limits are those that podman's configuration may ask for beyond what its caller has: then it starts nothing.
	args = append(args, "run", "--rm", "--name", s.token, "--network", "none", "--ulimit", "nofile=1024:4096", "--ulimit", "nproc=1024:1024", "-i")
	for _, b := range s.binds {
		how := ":ro"
		if b.write {
			how = ""
		}
		args = append(args, "-v", b.src+":"+b.target()+how)
		for _, c := range b.cover {
			args = append(args, "-v", c+":"+c+":ro")
		}
	}
	return slices.Concat(args, []string{"--rootfs", s.root}, act)
}

func firejail(s *scene, act []string) []string {
	return slices.Concat([]string{s.mode.tool, "--quiet", "--"}, act)
}

func firejailLacks(_ *class, s *scene) string {
	if s.root != "" {
		return "its defaults have no root of their own"
	}
	for _, b := range s.binds {
		if b.target() != b.src || strings.Contains(b.options, "guard") || strings.Contains(b.options, "git") {
			return "it shows no file in another place"
		}
	}
	return ""
}

func copyProgram(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o755)
}
