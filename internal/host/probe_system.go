package host

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// System is what probes look at: this machine, or in tests another one.
type System struct {
	// Root, UID and GID are those of plan.Host.
	Root     bool
	UID, GID uint32
	// Release is the kernel's, such as "6.1.0-13-amd64".
	Release string
	Machine string
	Home    string // the working directory, for what depends on its file system

	run    func(*trial) (int, error)
	read   func(name string) (string, error)
	stat   func(name string) (unix.Stat_t, error)
	link   func(name string) (string, error)
	xattr  func(name, attr string) bool
	env    func(name string) string
	config func() string

	noUserns bool // no user namespace can be made
}

// Here is this machine.
func Here() *System {
	facts := Facts()
	var u unix.Utsname
	_ = unix.Uname(&u) // fails only for a bad address
	dir, _ := os.Getwd()
	return &System{
		Root: facts.Root, UID: facts.UID, GID: facts.GID, Home: dir,
		Release: unix.ByteSliceToString(u.Release[:]), Machine: unix.ByteSliceToString(u.Machine[:]),
		run: (*trial).run, read: read, stat: stat, link: os.Readlink, xattr: hasAttr, env: os.Getenv, config: kernelConfig,
	}
}

func read(name string) (string, error) {
	b, err := os.ReadFile(name)
	return string(b), err
}

func stat(name string) (st unix.Stat_t, err error) { return st, unix.Stat(name, &st) }

func hasAttr(name, attr string) bool {
	n, err := unix.Getxattr(name, attr, nil)
	return err == nil && n > 0
}

// exists tells whether there is something at a path.
func (s *System) exists(name string) bool {
	_, err := s.stat(name)
	return err == nil
}

// line is a file's content without blanks around it, "" if it cannot be read.
func (s *System) line(name string) string {
	text, _ := s.read(name)
	return strings.TrimRight(strings.TrimSpace(text), "\x00")
}

// sysctl is the value of a setting such as "vm.memfd_noexec", "" if the kernel has none.
func (s *System) sysctl(name string) string {
	return s.line("/proc/sys/" + strings.ReplaceAll(name, ".", "/"))
}

// field is the value of a line "Name:\tvalue", as in /proc/self/status.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// status is a field of our own /proc/self/status.
func (s *System) status(name string) string {
	text, _ := s.read("/proc/self/status")
	return field(text, name)
}

// version is the first two numbers of a kernel release.
type version struct{ major, minor int }

// parseVersion reads "5.15" or "6.1.0-13-amd64"; what is no number is 0.
func parseVersion(release string) version {
	major, rest, _ := strings.Cut(release, ".")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		rest = rest[:end]
	}
	var v version
	v.major, _ = strconv.Atoi(major)
	v.minor, _ = strconv.Atoi(rest)
	return v
}

func (v version) before(w version) bool {
	return v.major < w.major || v.major == w.major && v.minor < w.minor
}

// olderThan tells whether the kernel is older than a version.
func (s *System) olderThan(since string) bool {
	return parseVersion(s.Release).before(parseVersion(since))
}

// kernelConfig is the text of the options that the kernel was built with, "" if nothing tells.
func kernelConfig() string {
	var u unix.Utsname
	_ = unix.Uname(&u)
	release := unix.ByteSliceToString(u.Release[:])
	for _, name := range [...]string{"/boot/config-" + release, "/lib/modules/" + release + "/config"} {
		if text, err := os.ReadFile(name); err == nil {
			return string(text)
		}
	}
	return unpacked("/proc/config.gz")
}

// unpacked is the content of a compressed file, by the program gzip: our own
// unpacker would cost every start of the command, and this is rarely asked for.
func unpacked(name string) string {
	for _, gzip := range [...]string{"/bin/gzip", "/usr/bin/gzip", "/bin/busybox"} {
		if text, err := output(gzip, "gzip", "-dc", name); err == nil && len(text) > 0 {
			return string(text)
		}
	}
	return ""
}

// output runs a program and returns what it prints.
func output(program string, argv ...string) ([]byte, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p, err := os.StartProcess(program, argv, &os.ProcAttr{Env: []string{}, Files: []*os.File{null, in, nil}})
	in.Close()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	_, err = text.ReadFrom(out)
	if _, waitErr := p.Wait(); err == nil {
		err = waitErr
	}
	return text.Bytes(), err
}

// built is what a kernel's configuration says about an option: "y", "m", "n", or "" if it is not known.
func built(config, option string) string {
	if config == "" {
		return ""
	}
	for line := range strings.Lines(config) {
		if value, ok := strings.CutPrefix(line, option+"="); ok {
			return strings.TrimSpace(value)
		}
	}
	return "n"
}
