package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// computer is what a reader must know of the machine to judge the figures.
type computer struct {
	Kernel    string    `json:"kernel"`
	Processor string    `json:"processor"`
	CPUs      int       `json:"cpus"`
	MemoryKB  int64     `json:"memory_kb"`
	Cgroups   string    `json:"cgroups"`
	UID       int       `json:"uid"`
	Load      string    `json:"load"`
	At        time.Time `json:"at"`
	Tools     []string  `json:"tools,omitempty"`
}

func machine() computer {
	m, _ := kilobytes("/proc/meminfo")
	return computer{
		Kernel: line("/proc/sys/kernel/osrelease"), Processor: processor(), CPUs: runtime.NumCPU(), MemoryKB: int64(m["MemTotal"] / 1024),
		Cgroups: cgroups(), UID: os.Getuid(), Load: load(), At: time.Now().UTC().Truncate(time.Minute),
	}
}

func line(file string) string {
	text, _ := os.ReadFile(file)
	return strings.TrimSpace(string(text))
}

// load is the load average of 1, 5 and 15 minutes.
func load() string { return strings.Join(strings.Fields(line("/proc/loadavg"))[:3], " ") }

func processor() string {
	for l := range strings.Lines(line("/proc/cpuinfo")) {
		if name, value, _ := strings.Cut(l, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// cgroups names what is mounted: version 2 alone, version 1, or both.
func cgroups() string {
	const cgroup2Magic = 0x63677270
	var fs syscall.Statfs_t
	if err := syscall.Statfs("/sys/fs/cgroup", &fs); err == nil && fs.Type == cgroup2Magic {
		return "version 2"
	}
	if err := syscall.Statfs("/sys/fs/cgroup/unified", &fs); err == nil && fs.Type == cgroup2Magic {
		return "versions 1 and 2 (hybrid)"
	}
	return "version 1"
}

// tools are the versions of what bulkhead is compared with.
func tools() []string {
	var found []string
	for _, name := range []string{"unshare", "bwrap", "firejail", "crun", "runc", "podman"} {
		if out, err := exec.Command(name, "--version").Output(); err == nil {
			first, _, _ := strings.Cut(string(out), "\n")
			found = append(found, strings.TrimSpace(first))
		}
	}
	return found
}

// busy reports whether others were at work.
func (c computer) busy() bool {
	one, err := strconv.ParseFloat(strings.Fields(c.Load)[0], 64)
	return err == nil && one > 1
}

// warn says loudly that the figures will mean little.
func (c computer) warn(out io.Writer) {
	if c.busy() {
		fmt.Fprintf(out, "bench: WARNING: this machine is busy: load average %s; figures of a busy machine mean little, ratios less than usual\n", c.Load)
	}
}
