package cgroup

import (
	"errors"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Group is a live group. Its methods may be called from several goroutines.
type Group struct {
	l    Layout
	name string

	mu     sync.Mutex
	cpu    int // descriptor of the file with the processor time, -1 while it is closed
	peak   int // and that of v2's memory.peak, once it was reset
	closed bool
	files  map[string]int // open descriptors of counters, for a group that is read again and again; see Keep
}

// Open is the group that l.Setup made under this name, in this process or
// another. It makes no system call; [Group.Close] frees what the methods open.
func Open(l Layout, name string) *Group { return &Group{l: l, name: name, cpu: -1, peak: -1} }

// Name is the group's name, as given to Setup and Open.
func (g *Group) Name() string { return g.name }

// Dir is the group's v2 directory, "" on a host without a v2 tree.
func (g *Group) Dir() string {
	if g.l.V2 == "" {
		return ""
	}
	return path.Join(g.l.V2, g.name)
}

// Close frees the group's descriptor, and is the end of reading the counters. The group itself lives on.
func (g *Group) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, fd := range [...]int{g.cpu, g.peak} {
		if fd >= 0 {
			syscall.Close(fd)
		}
	}
	for _, fd := range g.files {
		syscall.Close(fd)
	}
	g.cpu, g.peak, g.files, g.closed = -1, -1, nil, true
}

func (g *Group) isClosed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// CPU is the processor time that all processes of the group used so far, dead
// ones included. It is one read of an open file, cheap enough to be polled. The
// kernel adds up running threads at every timer tick, 1 to 10 ms.
func (g *Group) CPU() (time.Duration, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	file, unit := g.cpuFile()
	if g.closed {
		return 0, &os.PathError{Op: "read processor time from", Path: file, Err: os.ErrClosed}
	}
	if g.cpu < 0 {
		fd, err := open(file, syscall.O_RDONLY)
		if err != nil {
			return 0, &os.PathError{Op: "read processor time from", Path: file, Err: err}
		}
		g.cpu = fd
	}
	var buf [64]byte // enough for the first line, the only one of interest
	n, err := again(func() (int, error) { return syscall.Pread(g.cpu, buf[:], 0) })
	if err != nil {
		return 0, &os.PathError{Op: "read processor time from", Path: file, Err: err}
	}
	used, err := firstNumber(string(buf[:n]))
	return time.Duration(used) * unit, err
}

// cpuFile is the file with the processor time, and its unit.
func (g *Group) cpuFile() (string, time.Duration) {
	if g.l.V2 != "" {
		return path.Join(g.l.V2, g.name, "cpu.stat"), time.Microsecond
	}
	return path.Join(g.l.V1.CPUAcct, g.name, "cpuacct.usage"), time.Nanosecond
}

// firstNumber reads "123\n" (v1) or "usage_usec 123\n..." (v2).
func firstNumber(text string) (int64, error) {
	line, _, ok := strings.Cut(text, "\n")
	n, err := strconv.ParseInt(strings.TrimPrefix(line, "usage_usec "), 10, 64)
	if !ok || err != nil {
		return 0, errors.New("processor time of the group reads " + quote(text) + ", not a number")
	}
	return n, nil
}

// Procs is the process numbers of the group and the groups inside it, as seen
// from this pid namespace (0 for a process that cannot be seen). They are for
// show: by the time they are used they may belong to other processes.
func (g *Group) Procs() ([]int, error) {
	dir := g.home()
	if dir == "" {
		return nil, nil
	}
	return procsBelow(dir)
}

// home is a directory that holds all the group's processes, "" when the group is gone.
func (g *Group) home() string {
	for _, dir := range g.l.dirs(g.name) {
		if exists(dir) {
			return dir
		}
	}
	return ""
}

// procsBelow is the processes of a directory and those inside it.
func procsBelow(dir string) ([]int, error) {
	var pids []int
	err := walk(dir, func(here string) error {
		text, err := read(here + "/cgroup.procs")
		if err != nil {
			return unlessGone(err) // removed meanwhile
		}
		for word := range strings.FieldsSeq(text) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				return err
			}
			pids = append(pids, pid)
		}
		return nil
	}, nil)
	return pids, err
}
