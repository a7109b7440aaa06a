package main

import (
	"os"
	"path/filepath"
)

var fileClasses = []class{
	{n: 43, name: "set-user-ID programs", wall: "no_new_privs, nosuid, and ids that are not mapped", act: "setid", stage: withSetID},
	{n: 50, name: "links in the output that the host follows", wall: "what was left leads nowhere that the program could not go", act: "throughlink", stage: withLink, evidence: hiddenChanged},
	{n: 51, name: "links and modes that the host's clean-up meets", wall: "the tree goes with its namespace; the host walks none", act: "throughlink", stage: withLink, evidence: hiddenChanged},
	{n: 52, name: "compilers that read or run what the source says", elsewhere: "a compiler is a program in a sandbox like any other; the judge will run it in one"},
	{n: 56, name: "guarded files reached by renames and links", wall: "a guarded file and each directory above it are mount points, which cannot be renamed", act: "regain", stage: withGuard, evidence: sharedChanged, mayEnd: true},
	{n: 57, name: "hooks of git that run later, outside", wall: "guards on the hooks and the configuration", act: "hook", stage: withRepository, evidence: hooked, mayEnd: true},
	{n: 60, name: "overwriting files shown to read", wall: "a read-only mount; against bugs of the kernel (Dirty COW, Dirty Pipe) only their fixes", act: "layer", stage: withLayer, evidence: sharedChanged},
}

// withSetID needs a program of another user's: root makes one for itself; for others it has to be there.
func withSetID(s *scene) error {
	path := filepath.Join(filepath.Dir(filepath.Dir(s.hidden)), "setid")
	if os.Geteuid() == 0 {
		path = filepath.Join(s.shared, "setid")
		if err := copyProgram(s.mode.program, path); err != nil {
			return err
		}
		if err := os.Chown(path, otherUser, otherUser); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o755|os.ModeSetuid); err != nil {
			return err
		}
	} else if _, err := os.Stat(path); err != nil {
		return lacking{"it takes root to make a set-user-ID program"}
	}
	s.args, s.binds = []string{path}, []bind{{src: path}}
	return nil
}

func withLink(s *scene) error {
	path, err := s.file(s.hidden, "secret", secret, 0o644)
	s.args, s.binds = []string{s.shared, path}, []bind{{src: s.shared, write: true}}
	return err
}

func hiddenChanged(s *scene, _ ended) string {
	return changed(filepath.Join(s.hidden, "secret"), 0o644)
}

func withGuard(s *scene) error {
	path, err := s.file(s.shared, "sub/rc", secret, 0o644)
	s.args, s.binds = []string{s.shared}, []bind{{src: s.shared, write: true, options: "guard=sub/rc", cover: []string{path}}}
	return err
}

func withRepository(s *scene) error {
	for name, text := range map[string]string{"HEAD": "ref: refs/heads/main\n", "config": "[core]\n", "objects/x": "", "refs/heads/x": "", "hooks/x.sample": ""} {
		if _, err := s.file(filepath.Join(s.shared, ".git"), name, text, 0o644); err != nil {
			return err
		}
	}
	s.args, s.binds = []string{s.shared}, []bind{{src: s.shared, write: true, options: "git"}}
	return nil
}

func hooked(s *scene, _ ended) string {
	if _, err := os.Lstat(filepath.Join(s.shared, ".git/hooks/post-checkout")); err == nil {
		return "a hook was planted"
	}
	return ""
}

func withLayer(s *scene) error {
	path, err := s.file(s.shared, "secret", secret, 0o644)
	s.args, s.binds = []string{path}, []bind{{src: s.shared}}
	return err
}
