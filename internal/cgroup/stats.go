package cgroup

import (
	"errors"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Stats is what a group used. A counter that this kernel lacks is 0: every
// kernel from 6.1 on has all of them on v2; docs/cgroups.md has the table.
type Stats struct {
	// CPU is all processor time, User and System its parts, which v1 samples at timer ticks.
	CPU    time.Duration `json:"cpu"`
	User   time.Duration `json:"user"`
	System time.Duration `json:"system"`
	// MemoryCurrent and MemoryPeak are bytes, with page cache, tmpfs and kernel memory.
	MemoryCurrent int64 `json:"memory_current"`
	MemoryPeak    int64 `json:"memory_peak"`
	// PidsCurrent and PidsPeak count processes and threads, init included.
	PidsCurrent int64 `json:"pids_current"`
	PidsPeak    int64 `json:"pids_peak"`
	// OOMKills is processes killed because the group's memory ran out.
	OOMKills int64 `json:"oom_kills"`
	// MemoryMaxHits is how often memory had to be reclaimed at the limit, PidsMaxHits how often a fork was refused.
	MemoryMaxHits int64 `json:"memory_max_hits"`
	PidsMaxHits   int64 `json:"pids_max_hits"`
	// Pressure is the time lost by waiting for resources (v2, kernels with PSI).
	Pressure Pressure `json:"pressure,omitzero"`
}

// Pressure is pressure stall information; psi.rst in the kernel's documentation.
type Pressure struct {
	CPU    Stall `json:"cpu,omitzero"`
	Memory Stall `json:"memory,omitzero"`
	IO     Stall `json:"io,omitzero"`
}

// Stall is the time in which some or all of the processes that could run had to wait.
type Stall struct {
	Some time.Duration `json:"some"`
	Full time.Duration `json:"full"`
}

// Stats reads all counters. It is an error when the group does not exist.
func (g *Group) Stats() (Stats, error) {
	s, err := g.Totals()
	if err != nil {
		return s, err
	}
	g.currentStats(&s)
	g.pressure(&s)
	return s, nil
}

// Totals reads those counters that only grow, which is all a Result needs, at a
// third of the cost: every file of the tree takes some microseconds to open.
func (g *Group) Totals() (Stats, error) {
	if g.isClosed() || !g.isKept() && g.home() == "" {
		return Stats{}, errors.New("read cgroup " + g.name + ": it does not exist (any more)")
	}
	var s Stats
	g.cpuStats(&s)
	g.memoryTotals(&s)
	g.pidsTotals(&s)
	return s, nil
}

func (g *Group) cpuStats(s *Stats) {
	s.CPU, _ = g.CPU() // zero where nothing counts it: Setup said so
	if g.l.V2 != "" {
		text := g.text(path.Join(g.l.V2, g.name, "cpu.stat"))
		s.User = time.Duration(keyed(text, "user_usec")) * time.Microsecond
		s.System = time.Duration(keyed(text, "system_usec")) * time.Microsecond
		return
	}
	dir := path.Join(g.l.V1.CPUAcct, g.name)
	// FACT — since 4.7 (commit d740037fac70) v1 has usage_user and usage_sys in nanoseconds — cpuacct.stat counts only in ticks — always there on 5.15.
	s.User = time.Duration(g.number(dir + "/cpuacct.usage_user"))
	s.System = time.Duration(g.number(dir + "/cpuacct.usage_sys"))
}

func (g *Group) memoryTotals(s *Stats) {
	dir := g.l.dir(Memory, g.name)
	switch {
	case dir == "":
	case g.l.onV2(Memory):
		// FACT — since 5.19 (commit 8e20d4b33266) v2 has memory.peak — the Result's peak — 0 below that version.
		s.MemoryPeak = g.memoryPeak(dir + "/memory.peak")
		events := g.text(dir + "/memory.events")
		s.OOMKills, s.MemoryMaxHits = keyed(events, "oom_kill"), keyed(events, "max")
	default:
		s.MemoryPeak = g.memoryPeak(dir + "/memory.max_usage_in_bytes")
		// FACT — since 4.13 (cgroup-v1/memory.rst, "OOM Control") v1's memory.oom_control counts oom_kill — tells memory from a signal — always there on 5.15.
		s.OOMKills = g.added(dir, func(dir string) int64 {
			control := g.text(dir + "/memory.oom_control")
			return keyed(control, "oom_kill")
		})
	}
}

func (g *Group) pidsTotals(s *Stats) {
	dir := g.l.dir(Pids, g.name)
	if dir == "" {
		return
	}
	// FACT — since 6.1 (cgroup-v2.rst, "PID Interface Files") pids.peak exists, on v1 too — the Result's peak — 0 below that version.
	s.PidsPeak = g.number(dir + "/pids.peak")
	s.PidsMaxHits = g.added(dir, func(dir string) int64 {
		events := g.text(dir + "/pids.events")
		return keyed(events, "max")
	})
}

// currentStats reads what a Result has no use for.
func (g *Group) currentStats(s *Stats) {
	if dir := g.l.dir(Pids, g.name); dir != "" {
		s.PidsCurrent = g.number(dir + "/pids.current")
	}
	s.MemoryCurrent = g.MemoryCurrent()
	if dir := g.l.dir(Memory, g.name); dir != "" && !g.l.onV2(Memory) {
		// With no swap allowed memory.memsw has the same limit and is charged first: its count is the one that grows.
		// FACT — on 6.18 (measured) v1 counts no failures any more — OOMKills is what tells that memory ran out — earlier kernels count both.
		s.MemoryMaxHits = g.added(dir, func(dir string) int64 {
			return g.number(dir+"/memory.failcnt") + g.number(dir+"/memory.memsw.failcnt")
		})
	}
}

// pressure reads the stalls. The files give EOPNOTSUPP where the kernel was booted without PSI.
func (g *Group) pressure(s *Stats) {
	if g.l.V2 == "" {
		return
	}
	dir := path.Join(g.l.V2, g.name)
	s.Pressure = Pressure{CPU: stall(dir + "/cpu.pressure"), Memory: stall(dir + "/memory.pressure"), IO: stall(dir + "/io.pressure")}
}

// stall reads "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and the same for "full".
func stall(file string) Stall {
	text, err := read(file)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.EOPNOTSUPP) {
		return Stall{}
	}
	var s Stall
	for line := range strings.SplitSeq(text, "\n") {
		_, total, _ := strings.Cut(line, "total=")
		us, _ := strconv.ParseInt(total, 10, 64)
		if strings.HasPrefix(line, "some ") {
			s.Some = time.Duration(us) * time.Microsecond
		} else if strings.HasPrefix(line, "full ") {
			s.Full = time.Duration(us) * time.Microsecond
		}
	}
	return s
}
