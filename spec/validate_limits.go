package spec

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// smallestMemory is less than any program needs to start; a number below it is most often a wrong unit.
const smallestMemory = 256 * KiB

func (c *checker) limits() {
	l := &c.spec.Limits
	for _, f := range [...]struct {
		name  string
		value Size
	}{
		{"memory", l.Memory}, {"memory_high", l.MemoryHigh}, {"swap", l.Swap}, {"output", l.Output},
		{"file_size", l.FileSize}, {"tmp", l.Tmp}, {"stack", l.Stack},
	} {
		c.size("limits."+f.name, f.value)
	}
	for _, f := range [...]struct {
		name  string
		value int64
	}{{"pids", l.Pids}, {"tmp_inodes", l.TmpInodes}, {"open_files", l.OpenFiles}} {
		c.count("limits."+f.name, f.value)
	}
	for _, f := range [...]struct {
		name  string
		value Duration
	}{{"cpu_time", l.CPUTime}, {"wall", l.Wall}, {"idle", l.Idle}, {"grace", l.Grace}} {
		c.span("limits."+f.name, f.value)
	}
	if l.Pids > maxPids {
		c.add("limits.pids", strconv.FormatInt(l.Pids, 10), "more than any kernel has", `the most is 4194303, and no limit is written "unlimited"`)
	}
	c.memory(l)
	c.processor(l)
	c.io(l.IO)
	c.rlimits(l)
}

// maxPids leaves one of the kernel's numbers to init.
//
// FACT - since 4.3 (kernel/cgroup/pids.c) - pids.max above 4194304 is EINVAL - more is refused here, by name - always so on 5.15.
const maxPids = 4194303

// size refuses negative sizes other than Unlimited.
func (c *checker) size(path string, value Size) { c.count(path, int64(value)) }

func (c *checker) count(path string, value int64) {
	if value < Unlimited {
		c.add(path, strconv.FormatInt(value, 10), "negative", `no limit is written "unlimited", in Go spec.Unlimited`)
	}
}

func (c *checker) span(path string, value Duration) {
	if value < 0 && value != Unlimited {
		c.add(path, value.String(), "negative", `no limit is written "unlimited", in Go spec.Unlimited`)
	}
}

func (c *checker) memory(l *Limits) {
	for _, f := range [...]struct {
		path  string
		value Size
	}{{"limits.memory", l.Memory}, {"limits.memory_high", l.MemoryHigh}} {
		if f.value > 0 && f.value < smallestMemory {
			c.add(f.path, f.value.String(), "too little for any program to start", "no program needs less than "+Size(smallestMemory).String()+"; is it a unit too small? 64M is enough for many")
		}
	}
	memory := or(l.Memory, defaultMemory)
	if l.MemoryHigh > 0 && memory > 0 && l.MemoryHigh > memory {
		c.add("limits.memory_high", l.MemoryHigh.String(), "more than limits.memory, "+memory.String(), "throttling must start below the limit")
	}
}

func (c *checker) processor(l *Limits) {
	switch text := strconv.FormatFloat(l.CPUs, 'g', -1, 64); {
	case math.IsNaN(l.CPUs) || math.IsInf(l.CPUs, 0):
		c.add("limits.cpus", text, "not a finite number", "write how many processors, such as 1.5")
	case l.CPUs < 0:
		c.add("limits.cpus", text, "negative", "write how many processors, such as 1.5; leave it out for no quota")
	case l.CPUs > 0 && l.CPUs < smallestCPUs:
		c.add("limits.cpus", text, "less than the kernel can give", "the least is 0.01")
	case l.CPUs > maxCPUs:
		c.add("limits.cpus", text, "more than any kernel has", "the most is 8192")
	}
	if l.CPUWeight != 0 && (l.CPUWeight < 1 || l.CPUWeight > 10000) {
		c.add("limits.cpu_weight", strconv.FormatInt(l.CPUWeight, 10), "out of range", "weights are 1 to 10000, 100 is the usual share")
	}
	if l.Cpuset != "" {
		_, err := ParseCPUList(l.Cpuset)
		c.at("limits.cpuset", err)
	}
	if l.Grace > 0 && l.CPUTime <= 0 && l.Wall == Unlimited {
		c.add("limits.grace", l.Grace.String(), "there is no time limit that it could extend", "set limits.wall or limits.cpu_time")
	}
}

// smallestCPUs is 1 ms in each 100 ms.
//
// FACT - since 3.2 (Documentation/scheduler/sched-bwc.rst) - a quota below 1 ms is EINVAL - less than 0.01 processors is refused here, by name - always so on 5.15.
const smallestCPUs = 0.01

func (c *checker) io(limits []IOLimit) {
	devices := make(map[string]bool, len(limits))
	for i, l := range limits {
		path := index("limits.io", i)
		if !isDevice(l.Device) {
			c.add(path+".device", l.Device, "not a device", "write a path such as /dev/sda, or MAJOR:MINOR")
		}
		if (l == IOLimit{Device: l.Device}) {
			c.add(path, "", "sets no limit", "set read_bps, write_bps, read_iops or write_iops")
		}
		c.size(path+".read_bps", l.ReadBPS)
		c.size(path+".write_bps", l.WriteBPS)
		c.count(path+".read_iops", l.ReadIOPS)
		c.count(path+".write_iops", l.WriteIOPS)
		if devices[l.Device] {
			c.add(path+".device", l.Device, "listed twice", "put all its limits into one entry")
		}
		devices[l.Device] = true
	}
}

func isDevice(text string) bool {
	if major, minor, ok := strings.Cut(text, ":"); ok && !strings.HasPrefix(text, "/") {
		_, ok1 := smallNumber(major)
		_, ok2 := smallNumber(minor)
		return ok1 && ok2
	}
	return isCleanPath(text)
}

// rlimits refuses unknown names, and those that have a field of their own when both are set.
func (c *checker) rlimits(l *Limits) {
	for _, name := range slices.Sorted(mapKeys(l.Rlimits)) {
		path := "limits.rlimits." + name
		if _, known := RlimitNumber(name); !known {
			c.at("limits.rlimits", checkWord("limits.rlimits", name, rlimits))
			continue
		}
		c.size(path, l.Rlimits[name])
		for _, own := range [...]struct {
			rlimit, field string
			set           bool
		}{{"fsize", "file_size", l.FileSize != 0}, {"stack", "stack", l.Stack != 0}, {"nofile", "open_files", l.OpenFiles != 0}} {
			if name == own.rlimit && own.set {
				c.add(path, l.Rlimits[name].String(), "contradicts limits."+own.field, "set one of them")
			}
		}
	}
}
