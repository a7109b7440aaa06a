package cgroup

import (
	"math"
	"strconv"

	"github.com/bulkhead/bulkhead/spec"
)

// The defaults that spec.Limits documents.
const (
	defaultMemory = 4 << 30
	defaultPids   = 1024
)

// setupTasks is how many tasks the set-up needs at one time. A program that may
// have fewer is held by RLIMIT_NPROC; see plan.
const setupTasks = 2

// mostPids is the largest number that can be written to pids.max.
//
// FACT — since 4.3 (kernel/cgroup/pids.c, PIDS_MAX) a number above 4194304, the most process numbers there can be, is EINVAL —
// whoever asks for more gets no limit, which is the same — always so on 5.15.
const mostPids = 4 << 20

// memory limits memory and swap.
func (s *setup) memory(lim spec.Limits) {
	size := orDefault(int64(lim.Memory), defaultMemory)
	dir := s.use(Memory)
	switch {
	case dir == "":
		s.unmetWhen(size >= 0, "memory", Memory)
		s.unmetWhen(lim.MemoryHigh > 0, "memory_high", Memory)
	case s.l.onV2(Memory):
		s.memoryV2(dir, size, lim)
	default:
		s.memoryV1(dir, size, lim)
	}
	if dir != "" && s.l.Swap == SwapUncontrolled && lim.Swap >= 0 && size >= 0 {
		s.Unmet = append(s.Unmet, Unmet{Limit: "swap", Reason: "this host has swap, and its kernel does not count swap per group",
			Hint: "boot with swapaccount=1, or as root: swapoff -a"})
	}
}

func (s *setup) memoryV2(dir string, size int64, lim spec.Limits) {
	if size >= 0 {
		s.write(dir, "memory.max", human(size), "limit memory to "+human(size))
	}
	if lim.MemoryHigh > 0 {
		s.write(dir, "memory.high", human(int64(lim.MemoryHigh)), "throttle above "+human(int64(lim.MemoryHigh))+" of memory")
	}
	if lim.Swap >= 0 && (s.l.Swap == SwapControlled || s.l.Swap == SwapUnknown) {
		s.write(dir, "memory.swap.max", human(int64(lim.Swap)), swapWhat(int64(lim.Swap)))
		s.Writes[len(s.Writes)-1].Optional = s.l.Swap == SwapUnknown
	}
	// FACT — since 4.19 (commit 3d8b38eb81ca) memory.oom.group makes the OOM killer take the whole group — half a program is no program —
	// always there on 5.15. The child shares the launcher's memory until it executes the program, so it is set only then.
	s.After = append(s.After, Write{Path: dir + "/memory.oom.group", Value: "1", What: "end the whole group when memory runs out"})
}

// memoryV1 limits memory and swap on v1.
//
// FACT — since 2.6.33 (cgroup-v1/memory.rst) memory.memsw limits memory and swap together, and must not be below
// memory.limit_in_bytes — it is written second, as the sum — where the kernel lacks it, Layout.Swap says so.
func (s *setup) memoryV1(dir string, size int64, lim spec.Limits) {
	if lim.MemoryHigh > 0 {
		s.Unmet = append(s.Unmet, Unmet{Limit: "memory_high", Reason: "cgroup v1 cannot throttle above a size",
			Hint: "boot with systemd.unified_cgroup_hierarchy=1 for cgroup v2"})
	}
	if size >= 0 {
		s.write(dir, "memory.limit_in_bytes", human(size), "limit memory to "+human(size))
	}
	switch {
	case lim.Swap < 0 || s.l.Swap != SwapControlled:
	case size < 0 && lim.Swap == 0:
		s.write(dir, "memory.swappiness", "0", "avoid swap")
	case size >= 0 && size <= math.MaxInt64-int64(lim.Swap):
		sum := size + int64(lim.Swap)
		s.write(dir, "memory.memsw.limit_in_bytes", human(sum), swapWhat(int64(lim.Swap))+" (memory and swap: "+human(sum)+")")
	}
}

func swapWhat(size int64) string {
	if size == 0 {
		return "forbid swap"
	}
	return "limit swap to " + human(size)
}

// pids limits processes and threads, our own on top; the files are the same on v1 and v2.
func (s *setup) pids(lim spec.Limits, own int64) {
	count := orDefault(lim.Pids, defaultPids)
	if count < 0 || count >= mostPids {
		return
	}
	most, what := min(count+own, mostPids), "limit processes and threads to "+strconv.FormatInt(count, 10)
	switch own {
	case 0:
	case 1:
		what += " and init"
	default:
		what += ", init and spawner"
	}
	dir := s.use(Pids)
	if dir == "" {
		s.unmet("pids", Pids)
		return
	}
	if most < setupTasks {
		most, what = setupTasks, what+", and one for the set-up"
	}
	s.write(dir, "pids.max", strconv.FormatInt(most, 10), what)
}

// orDefault reads a count or size: 0 is the default, negative is none.
func orDefault(value, def int64) int64 {
	if value == 0 {
		return def
	}
	return value
}

// human is a size with the largest unit that divides it: "64M". The kernel
// reads these units in memory.* files of both versions (memparse, lib/cmdline.c).
func human(size int64) string {
	for shift, unit := range [...]byte{'T', 'G', 'M', 'K'} {
		one := int64(1) << (40 - 10*shift)
		if size >= one && size%one == 0 {
			return strconv.FormatInt(size/one, 10) + string(unit)
		}
	}
	return strconv.FormatInt(size, 10)
}
