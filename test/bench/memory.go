package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
)

// memory is how much of it is in use, in bytes, by what.
type memory struct {
	// all is everything but caches of files.
	all, slab, pageTables, stacks, percpu float64
	// own is this process's, without what it maps from files.
	own float64
}

// memoryNow reads the machine's memory; proc_meminfo(5).
func memoryNow() (memory, error) {
	debug.FreeOSMemory()
	m, err := kilobytes("/proc/meminfo")
	if err != nil {
		return memory{}, err
	}
	own, err := kilobytes("/proc/self/status")
	if err != nil {
		return memory{}, err
	}
	return memory{
		all:  m["MemTotal"] - m["MemFree"] - m["Buffers"] - m["Cached"] + m["Shmem"],
		slab: m["Slab"], pageTables: m["PageTables"], stacks: m["KernelStack"], percpu: m["Percpu"],
		own: own["RssAnon"],
	}, nil
}

// since is the growth for each of so many.
func (m memory) since(before memory, size int) memory {
	each := func(now, then float64) float64 { return (now - then) / float64(size) }
	return memory{
		all: each(m.all, before.all), slab: each(m.slab, before.slab), pageTables: each(m.pageTables, before.pageTables),
		stacks: each(m.stacks, before.stacks), percpu: each(m.percpu, before.percpu), own: each(m.own, before.own),
	}
}

// kilobytes reads the lines "name: N kB" of a file of /proc, as bytes.
func kilobytes(file string) (map[string]float64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	found := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		if number, ok := strings.CutSuffix(strings.TrimSpace(rest), " kB"); ok {
			if n, err := strconv.ParseFloat(strings.TrimSpace(number), 64); err == nil {
				found[name] = n * 1024
			}
		}
	}
	return found, nil
}

// shareOf is a process's memory, with pages that it shares divided by who shares them.
func shareOf(pid int) (float64, error) {
	m, err := kilobytes(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	return m["Pss"], err
}

// peakOf runs a command that copies its input, and tells the most memory that
// the command's first process had. What wait4 tells would include this process's
// own, from before the exec.
func peakOf(argv ...string) (float64, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	_, wrote := io.WriteString(in, "it runs\n")
	_, read := bufio.NewReader(out).ReadString('\n')
	m, err := kilobytes(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	err = errors.Join(wrote, read, err, in.Close(), cmd.Wait())
	if err == nil && m["VmHWM"] == 0 {
		err = fmt.Errorf("/proc/%d/status has no VmHWM", cmd.Process.Pid)
	}
	return m["VmHWM"], err
}
