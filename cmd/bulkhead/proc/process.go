package proc

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Process is all that /proc tells about one.
type Process struct {
	PID int
	*Status
	Words          []string
	UIDMap, GIDMap []string
	Namespaces     map[string]string
	Exe, Root, Dir string
	Mapped         []string // files that it runs code from
	Mounts         []Mount
	Devices        []string
	Listeners      []Listener
	Files          []File
	Groups         Groups
	Rlimits        map[string]string
	// Dumpable is false where the kernel keeps even its own user from looking into it.
	Dumpable bool
	// Unread names what this process may not look at.
	Unread []string
}

// Process reads one. The error is only that it does not exist; all else that
// could not be read is named in Unread.
func (f FS) Process(pid int) (*Process, error) {
	born, err := f.born(pid)
	if err != nil {
		return nil, err
	}
	status, err := f.Status(pid)
	if err != nil {
		return nil, err
	}
	p := &Process{PID: pid, Status: status, Words: f.Words(pid), Namespaces: map[string]string{}, Rlimits: map[string]string{}}
	p.UIDMap, p.GIDMap = f.lines(pid, "uid_map"), f.lines(pid, "gid_map")
	for _, kind := range Kinds {
		link, err := f.Namespace(pid, kind)
		if err == nil {
			p.Namespaces[kind] = link
		} else if !gone(err) { // a kernel without this kind has no such file
			p.unread(kind + " namespace")
		}
	}
	if !status.Kernel && !status.Zombie() {
		f.readReach(p)
	}
	p.Groups, err = f.Groups(pid)
	p.need(err, "cgroup")
	p.Dumpable = f.dumpable(pid, status)
	if again, err := f.born(pid); err != nil || again != born {
		return nil, os.ErrNotExist // it ended meanwhile, and half of the above is another's or nobody's
	}
	return p, nil
}

// born is when the process began, in ticks since boot, which tells it from a
// later one of the same number; proc_pid_stat(5), field 22.
func (f FS) born(pid int) (string, error) {
	text, err := f.read(pid, "stat", mostListed)
	if err != nil {
		return "", err
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // the name before may hold anything
	if len(fields) < 20 {
		return "", os.ErrNotExist
	}
	return fields[19], nil
}

func (f FS) readReach(p *Process) {
	var err error
	link := func(name string) string {
		to, err := os.Readlink(f.path(p.PID, name))
		p.need(err, name)
		return to
	}
	p.Exe, p.Root, p.Dir = link("exe"), link("root"), link("cwd")
	p.Mapped = f.mapped(p.PID)
	p.Mounts, err = f.Mounts(p.PID)
	p.need(err, "mounts")
	p.Files, err = f.Files(p.PID)
	p.need(err, "open files")
	p.Devices, err = f.Devices(p.PID)
	p.need(err, "network devices")
	p.Listeners = f.Listeners(p.PID, p.Files)
	text, err := f.read(p.PID, "limits", mostRead)
	p.need(err, "limits")
	p.Rlimits = ParseRlimits(string(text))
}

func (p *Process) need(err error, what string) {
	if err != nil {
		p.unread(what)
	}
}

func (p *Process) unread(what string) { p.Unread = append(p.Unread, what) }

func (f FS) lines(pid int, name string) []string {
	text, err := f.read(pid, name, mostRead)
	if err != nil {
		return nil
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		list = append(list, strings.Join(strings.Fields(line), " "))
	}
	return list
}

// ParseRlimits reads proc_pid_limits(5): soft limits by the kernel's title for them.
func ParseRlimits(text string) map[string]string {
	limits := map[string]string{}
	for line := range strings.Lines(text) {
		if len(line) < 46 || strings.HasPrefix(line, "Limit ") {
			continue
		}
		limits[strings.TrimSpace(line[:26])] = strings.TrimSpace(line[26:46])
	}
	return limits
}

// dumpable compares owners: the directory of one that is not belongs to root.
func (f FS) dumpable(pid int, s *Status) bool {
	info, err := os.Stat(f.path(pid, "environ"))
	if err != nil || len(s.UIDs) < 2 {
		return false
	}
	return owner(info) == s.UIDs[1]
}

// PtraceScope is what Yama allows: 0 any process of the same user, 1 only
// descendants, 2 only with a capability, 3 nothing; -1 where it is not there.
func (f FS) PtraceScope() int {
	text, err := os.ReadFile(string(f) + "/sys/kernel/yama/ptrace_scope")
	n, notNumber := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || notNumber != nil {
		return -1
	}
	return n
}

// mapped are the files with executable maps, each once; proc_pid_maps(5).
func (f FS) mapped(pid int) []string {
	text, err := f.read(pid, "maps", mostRead)
	if err != nil {
		return nil
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		at := strings.IndexByte(line, '/')
		if at < 0 || len(words) < 6 || !strings.Contains(words[1], "x") {
			continue
		}
		if name := strings.TrimSuffix(line[at:], "\n"); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
