package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// remedy is the command that starts the same program with the walls of a profile.
type remedy struct {
	// Line is empty where there is none; Notes say why, and what it does not carry over.
	Line  string   `json:"line,omitempty"`
	Notes []string `json:"notes"`
}

// onDisk reports whether a path exists, and is a directory.
func onDisk(path string) (exists, directory bool) {
	info, err := os.Stat(path)
	return err == nil, err == nil && info.IsDir()
}

// systemParts are shown to every program; some of /etc is, too, and the rest of it must not be.
var systemParts = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/dev", "/proc", "/sys"}

// remedy puts the line together from what the process has: its command line,
// directory, program, the files that it has open, and its ports.
func (s *sight) remedy(profile string, stat func(string) (exists, directory bool)) remedy {
	if why := s.noRemedy(); why != "" {
		return remedy{Notes: []string{why}}
	}
	words := []string{"bulkhead", "run"}
	if profile != "default" {
		words = append(words, "--profile", profile)
	}
	b := binds{stat: stat}
	s.collect(&b)
	words = append(words, b.flags()...)
	if s.Dir != "" && strings.HasPrefix(s.Dir, "/") {
		words = append(words, "-w", s.Dir)
	}
	notes := []string{"its environment is not carried over: see --keep-env and --env"}
	if ports := s.ports(); len(ports) > 0 {
		words = append(words, "--net", "host")
		notes = append(notes, "it listens on "+strings.Join(ports, ", ")+", so it keeps the host's network: without --net host nobody reaches it")
	}
	words = append(append(words, "--"), s.Words...)
	notes = append(notes, b.notes...)
	for i, w := range words {
		words[i] = shellWord(w)
	}
	return remedy{Line: strings.Join(words, " "), Notes: notes}
}

// noRemedy says why no line would do.
func (s *sight) noRemedy() string {
	self := s.Process.Namespaces["mnt"]
	mine := ""
	if e := find(s.all, s.self); e != nil {
		mine = e.Namespaces["mnt"]
	}
	switch {
	case s.Kernel:
		return "it is a thread of the kernel: there is no program to run"
	case s.Zombie():
		return "it has ended, and waits for its parent to take notice: nothing of its program is left"
	case len(s.Words) == 0:
		return "it hides its command line"
	case self == "" || slices.Contains(s.Unread, "cwd"):
		return "its files may not be looked at: ask as its user, or as root"
	case self != mine:
		return "it has a tree of files of its own, in which its paths mean something else than here"
	case s.Root != "/":
		return "its root is " + s.Root + ", in which its paths mean something else than here: see --root"
	}
	return ""
}

// collect gathers the paths that the program needs.
func (s *sight) collect(b *binds) {
	b.add(s.Dir, false)
	b.add(b.installation(s.Exe), false)
	for _, name := range s.Mapped {
		b.add(name, false)
	}
	for _, word := range s.Words {
		if strings.HasPrefix(word, "/") {
			b.add(word, false)
		}
	}
	for _, f := range s.Files {
		if f.FD > 2 {
			b.add(f.Name, f.Write)
		}
	}
}

// ports are the numbers on which the process itself listens.
func (s *sight) ports() []string {
	var list []string
	for _, l := range s.Listeners {
		name := strings.TrimSuffix(l.Protocol, "6") + " port " + strconv.Itoa(int(l.Port))
		if l.Own && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// binds are paths to show, each once and none beneath another that does as well.
type binds struct {
	stat  func(string) (exists, directory bool)
	list  []bindPath
	notes []string
}

// installation is the directory that a program and what belongs to it are in,
// where it is in bin beside lib. A home directory is not one, whatever it holds.
func (b *binds) installation(exe string) string {
	dir := filepath.Dir(exe)
	top := filepath.Dir(dir)
	_, hasLib := b.stat(top + "/lib")
	if filepath.Base(dir) == "bin" && hasLib && strings.Count(top, "/") > 2 {
		return top
	}
	return exe
}

type bindPath struct {
	path  string
	write bool
}

func (b *binds) add(path string, write bool) {
	if !strings.HasPrefix(path, "/") || path == "/" || beneathAny(path, systemParts) && !write {
		return
	}
	path = filepath.Clean(path)
	exists, directory := b.stat(path)
	switch {
	case beneathAny(path, []string{"/dev", "/proc", "/sys"}):
	case beneathAny(path, []string{"/etc"}):
		b.notes = append(b.notes, "of /etc it gets what every program gets: bind "+path+" if that is not among it")
	case !exists:
		if write {
			b.notes = append(b.notes, "it has a file open that is no longer there: "+path)
		}
	case directory && (path == "/home" || path == "/root" || path == "/var" || path == "/tmp"):
		b.notes = append(b.notes, "all of "+path+" is left out: bind the part that it needs")
	default:
		b.list = append(b.list, bindPath{path, write})
	}
}

// flags leaves out what another bind shows already, unless it is to be written.
func (b *binds) flags() []string {
	slices.SortStableFunc(b.list, func(x, y bindPath) int { return strings.Compare(x.path, y.path) })
	var words []string
	var shown []bindPath
	for _, p := range b.list {
		p.write = slices.ContainsFunc(b.list, func(o bindPath) bool { return o.path == p.path && o.write })
		done := slices.ContainsFunc(shown, func(o bindPath) bool { return beneathAny(p.path, []string{o.path}) && (o.write || !p.write) })
		if done {
			continue
		}
		shown = append(shown, p)
		value := escapeField(p.path)
		if p.write {
			value += ":rw"
		}
		words = append(words, "--bind", value)
	}
	return words
}

func beneathAny(path string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool { return path == d || strings.HasPrefix(path, d+"/") })
}

// shellWord is the word as a shell reads it back, without a byte that could command a terminal.
func shellWord(w string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)
	}
	if w != "" && strings.IndexFunc(w, func(r rune) bool { return !plain(r) }) < 0 {
		return w
	}
	if strings.IndexFunc(w, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return ansiWord(w)
}

// ansiWord is the form $'...' of bash, zsh and POSIX 2024: every byte that is not plain is in octal.
func ansiWord(w string) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(w) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ' || c > '~':
			octal := strconv.FormatUint(uint64(c), 8)
			b.WriteString(`\` + strings.Repeat("0", 3-len(octal)) + octal)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}
