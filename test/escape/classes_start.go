package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

var startClasses = []class{
	{n: 8, name: "tracing what sets the sandbox up", wall: "init lives in another user namespace and has nothing to dump", act: "trace", stage: withProcess},
	{n: 9, name: "overwriting the launcher's program (/proc/1/exe)", wall: "init is a sealed file without a name, and cannot be looked into", act: "exewrite", stage: withProcess},
	{n: 10, name: "the same by the page cache", wall: "no process inside runs the host's file", act: "exehost", stage: withProgram},
	{n: 11, name: "descriptors of directories left open", wall: "all but 0 to 2 and the named ones are closed", act: "dirfds", stage: withDirectories},
	{n: 12, name: "descriptors inherited, also high ones", wall: "the same, by close_range", act: "readfds", stage: withSecrets("", 9, 2048)},
	{n: 13, name: "the same without close_range", wall: "without it nothing is started", act: "readfds", stage: withSecrets("noclose", 1500), mayEnd: true},
	{n: 14, name: "a directory as standard stream", wall: "refused", act: "dirfds", stage: withDirectoryStdin, mayEnd: true},
	{n: 15, name: "the caller's directory left as the current one", wall: "the new root is entered, then the directory inside it", act: "marker", stage: withMarker, mayEnd: true},
	{n: 16, name: "links in the tree while mount points are made", wall: "each path is resolved beneath the root's descriptor", act: "plant", stage: withTrap, evidence: planted, mayEnd: true},
	{n: 17, name: "a link that is ordinary, taken for an attack", elsewhere: "no attack: the tests of package sandbox bind below such links"},
	{n: 18, name: "a source replaced by a link while it is bound", elsewhere: "a race of the host's side: a source is opened once and mounted by that descriptor (tests of package sandbox); whoever may rename it decides what it is"},
	{n: 19, name: "masks made from the tree's /dev/null", wall: "/dev is the sandbox's own, and masks come from it", act: "fakenull", stage: withFakeNull, evidence: sharedChanged, mayEnd: true},
	{n: 20, name: "a false /proc that takes the set-up's writes", wall: "the set-up writes by the host's descriptors; /proc is mounted beneath the root", act: "fakeproc", stage: withFakeProc, mayEnd: true},
}

// inside says whether there is a sandbox around the act.
func (s *scene) inside() bool { return s.mode.argv != nil && !s.mode.open }

// withProcess names process 1 inside, and outside a process of the same user.
func withProcess(s *scene) error {
	pid, err := s.neighbour()
	if s.inside() {
		s.args = append(s.args, "1")
	}
	s.args = append(s.args, strconv.Itoa(pid))
	return err
}

func withProgram(s *scene) error {
	file := s.mode.program
	if s.inside() {
		file = s.mode.tool
	}
	var st unix.Stat_t
	if err := unix.Stat(file, &st); err != nil {
		return err
	}
	s.args = []string{identity(&st)}
	return withProcess(s)
}

func withDirectories(s *scene) error {
	beside, err := s.file(s.hidden, "beside", secret, 0o644)
	if err != nil {
		return err
	}
	s.args = []string{"hidden/" + filepath.Base(beside)}
	for _, fd := range []int{3, 7, 40} {
		if s.fds[fd], err = s.open(s.hidden); err != nil {
			return err
		}
	}
	return nil
}

func withDirectoryStdin(s *scene) error {
	if _, err := s.file(s.hidden, "beside", secret, 0o644); err != nil {
		return err
	}
	dir, err := s.open(s.hidden)
	s.stdin, s.args = dir, []string{"hidden/beside"}
	return err
}

func withSecrets(wrap string, fds ...int) func(*scene) error {
	return func(s *scene) error {
		s.wrap = wrap
		path, err := s.file(s.hidden, "secret", secret, 0o600)
		if err != nil {
			return err
		}
		for _, fd := range fds {
			if s.fds[fd], err = s.open(path); err != nil {
				return err
			}
			s.args = append(s.args, strconv.Itoa(fd))
		}
		return nil
	}
}

func withMarker(s *scene) error {
	path, err := s.file(s.hidden, "marker", secret, 0o644)
	s.cwd, s.args = s.hidden, []string{"marker", path}
	return err
}

// withTrap shows a tree in which a link leads out, and asks for a mount point behind it.
func withTrap(s *scene) error {
	file, err := s.file(s.hidden, "file", "", 0o644)
	if err != nil {
		return err
	}
	if err := os.Symlink(s.hidden, filepath.Join(s.shared, "a")); err != nil {
		return err
	}
	point := filepath.Join(s.shared, "a", "x")
	s.args = []string{point}
	s.binds = []bind{{src: s.shared, write: true}, {src: file, dst: point}}
	return os.Chmod(s.hidden, 0o777)
}

func planted(s *scene, _ ended) string {
	if _, err := os.Lstat(filepath.Join(s.hidden, "x")); err == nil {
		return "a file was made outside"
	}
	return ""
}

// tree is a root of its own, which holds this program and little else.
func (s *scene) tree() error {
	s.root = filepath.Join(filepath.Dir(s.shared), "tree")
	for _, dir := range []string{"tmp", "etc", "run", "home", "dev", "sys"} {
		if err := os.MkdirAll(filepath.Join(s.root, dir), 0o755); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(s.root, s.shared), 0o755); err != nil {
		return err
	}
	return copyProgram(s.mode.program, filepath.Join(s.root, s.mode.program))
}

func withFakeNull(s *scene) error {
	file, err := s.file(s.shared, "secret", secret, 0o666)
	if err != nil {
		return err
	}
	if err := os.Chmod(file, 0o666); err != nil {
		return err
	}
	if err := s.tree(); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(s.root, "proc"), 0o755); err != nil {
		return err
	}
	link := filepath.Join(s.root, "dev/null")
	s.args, s.binds = []string{"/dev/null"}, []bind{{src: s.shared, write: true}}
	if !s.inside() {
		s.args = []string{link}
	}
	return os.Symlink(file, link)
}

func sharedChanged(s *scene, _ ended) string {
	for _, name := range []string{"secret", "sub/rc"} {
		path := filepath.Join(s.shared, name)
		if st, err := os.Stat(path); err == nil {
			return changed(path, st.Mode().Perm())
		}
	}
	return "the file is gone"
}

func withFakeProc(s *scene) error {
	if err := s.tree(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(s.root, "fake/self"), 0o777); err != nil {
		return err
	}
	s.args = []string{"/proc"}
	if !s.inside() {
		s.args = []string{filepath.Join(s.root, "fake")}
	}
	return os.Symlink("/fake", filepath.Join(s.root, "proc"))
}

// lacking is a stage that this machine cannot set.
type lacking struct{ why string }

func (l lacking) Error() string { return fmt.Sprint(l.why) }
