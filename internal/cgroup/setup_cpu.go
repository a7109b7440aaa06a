package cgroup

import (
	"math"
	"strconv"

	"github.com/bulkhead/bulkhead/spec"
)

// cpu limits the rate and the share of processor time.
func (s *setup) cpu(lim spec.Limits) {
	quota, weight := wantsQuota(lim), wantsWeight(lim)
	if !quota && !weight {
		return
	}
	dir := s.use(CPU)
	if dir == "" {
		s.unmetWhen(quota, "cpus", CPU)
		s.unmetWhen(weight, "cpu_weight", CPU)
		return
	}
	if quota {
		s.quota(dir, lim.CPUs)
	}
	if weight {
		s.weight(dir, min(lim.CPUWeight, 10000))
	}
}

func wantsQuota(lim spec.Limits) bool  { return lim.CPUs > 0 }
func wantsWeight(lim spec.Limits) bool { return lim.CPUWeight > 0 && lim.CPUWeight != 100 }

// Periods and quotas in microseconds. The kernel takes periods from 1 ms to 1 s and quotas from 1 ms to 2^44-1 us
// (kernel/sched/core.c, tg_set_cfs_bandwidth).
const (
	period     = 100_000 // the kernel's own default
	longPeriod = 1_000_000
	minQuota   = 1_000
	maxQuota   = 1<<44 - 1
)

// quota writes how many microseconds may be used in each period.
func (s *setup) quota(dir string, cpus float64) {
	every := int64(period)
	used := math.Round(cpus * period)
	if used < minQuota {
		every, used = longPeriod, max(math.Round(cpus*longPeriod), minQuota)
	}
	if used > maxQuota {
		return // more processors than any kernel knows: no limit
	}
	us, per := strconv.FormatInt(int64(used), 10), strconv.FormatInt(every, 10)
	what := "limit processor time to " + us + " us in each " + per + " us"
	if s.l.onV2(CPU) {
		s.write(dir, "cpu.max", us+" "+per, what)
		return
	}
	if every != period {
		s.write(dir, "cpu.cfs_period_us", per, "count processor time per "+per+" us")
	}
	s.write(dir, "cpu.cfs_quota_us", us, what)
}

// weight writes the share under contention. v1's shares have 1024 where v2's weight has 100.
func (s *setup) weight(dir string, weight int64) {
	what := "give weight " + strconv.FormatInt(weight, 10) + " of 100 under contention"
	if s.l.onV2(CPU) {
		s.write(dir, "cpu.weight", strconv.FormatInt(weight, 10), what)
		return
	}
	shares := max((weight*1024+50)/100, 2)
	s.write(dir, "cpu.shares", strconv.FormatInt(shares, 10), what)
}

// cpuset binds the group to processors.
//
// FACT — since 2.6.24 (cgroup-v1/cpusets.rst) a v1 cpuset group starts with no memory nodes, and no process can enter
// it (ENOSPC) — cpuset.mems is written as well, as the parent has it — v2 inherits.
func (s *setup) cpuset(lim spec.Limits) {
	if lim.Cpuset == "" {
		return
	}
	dir := s.use(Cpuset)
	if dir == "" {
		s.unmet("cpuset", Cpuset)
		return
	}
	if !s.l.onV2(Cpuset) {
		s.cpusetWrites(dir, lim.Cpuset)
		return
	}
	s.write(dir, "cpuset.cpus", lim.Cpuset, "use processors "+lim.Cpuset)
}
