package cgroup

import (
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// ResetPeak lets MemoryPeak start anew, for a group that is used again. It is an
// error where the kernel cannot do that.
//
// FACT — since 6.12 (commit c6f53ed8f213) v2's memory.peak can be reset, for those who read by the descriptor that reset it —
// so it stays open — below the file cannot be written, and a group is for one run.
func (g *Group) ResetPeak() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	dir := g.l.dir(Memory, g.name)
	if dir == "" {
		return nil
	}
	// FACT — always (cgroup-v1/memory.rst, "max_usage_in_bytes") a write resets v1's peak.
	file := path.Join(dir, "memory.max_usage_in_bytes")
	if g.l.onV2(Memory) {
		file = path.Join(dir, "memory.peak")
	}
	if g.peak < 0 {
		fd, err := open(file, syscall.O_RDWR)
		if err != nil {
			return reset(file, err)
		}
		g.peak = fd
	}
	_, err := again(func() (int, error) { return syscall.Write(g.peak, []byte("0")) })
	return reset(file, err)
}

func reset(file string, err error) error {
	if err == nil {
		return nil
	}
	return &os.PathError{Op: "reset", Path: file, Err: err}
}

// memoryPeak is the peak in a file since it was reset, or from the beginning.
func (g *Group) memoryPeak(file string) int64 {
	g.mu.Lock()
	fd := g.peak
	g.mu.Unlock()
	if fd < 0 {
		return g.number(file)
	}
	n, _ := strconv.ParseInt(counters(fd), 10, 64)
	return n
}

// Keep lets the files with the counters stay open: reading one is then a tenth as dear.
func (g *Group) Keep() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.files == nil {
		g.files = map[string]int{}
	}
}

// MemoryCurrent is the memory that is charged to the group, in bytes.
func (g *Group) MemoryCurrent() int64 {
	dir := g.l.dir(Memory, g.name)
	switch {
	case dir == "":
		return 0
	case g.l.onV2(Memory):
		return g.number(dir + "/memory.current")
	}
	return g.number(dir + "/memory.usage_in_bytes")
}

func (g *Group) isKept() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.files != nil
}

// text is what a file with counters says.
func (g *Group) text(file string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.files == nil {
		text, _ := read(file) // none where the kernel has no such file, or the group is gone
		return text
	}
	fd, have := g.files[file]
	if !have {
		var err error
		if fd, err = open(file, syscall.O_RDONLY); err != nil {
			return ""
		}
		g.files[file] = fd
	}
	return counters(fd)
}

// counters is the text of an open file.
func counters(fd int) string {
	var buf [4096]byte
	n, err := again(func() (int, error) { return syscall.Pread(fd, buf[:], 0) })
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(buf[:n]), "\n")
}

// number is what a file with one counter says, 0 where there is none.
func (g *Group) number(file string) int64 {
	n, _ := strconv.ParseInt(g.text(file), 10, 64)
	return n
}
