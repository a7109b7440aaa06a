package main

import (
	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

var muchFlags = []cli.Flag{
	{Short: "m", Long: "memory", Arg: "SIZE", Common: true, Default: "4G", Set: on(func(r *request, v string) error {
		return r.size(spec.ProtectionMemory, &r.spec.Limits.Memory, v)
	}),
		Doc: "memory of all its processes, caches and tmpfs together"},
	{Long: "memory-high", Arg: "SIZE", Default: "none", Set: on(func(r *request, v string) error {
		return r.size(spec.ProtectionMemory, &r.spec.Limits.MemoryHigh, v)
	}),
		Doc: "slow it down above this, before the limit stops it"},
	{Long: "swap", Arg: "SIZE", Default: "0", Set: on((*request).setSwap),
		Doc: "swap it may use beyond its memory"},
	{Long: "pids", Arg: "N", Common: true, Default: "1024", Set: on(func(r *request, v string) error {
		return r.count(spec.ProtectionPids, &r.spec.Limits.Pids, v)
	}),
		Doc: "processes and threads"},
	{Long: "cpus", Arg: "CPUS", Common: true, Default: "all", Set: on((*request).setCPUs),
		Doc: "how many processors' worth of time, as in 1.5"},
	{Long: "cpu-weight", Arg: "N", Default: "100", Set: on((*request).setCPUWeight),
		Doc: "its share when processors are scarce, 1 to 10000"},
	{Long: "cpuset", Arg: "CPULIST", Set: on((*request).setCpuset),
		Doc: "the processors it may run on, as in 0-1,4"},
	{Long: "io", Arg: "DEVICE:KEY=VALUE[,...]", Repeat: true, Complete: cli.CompleteFile, Set: on((*request).addIO),
		Doc: "limit a block device", More: "Keys are `rbps` and `wbps` in bytes, `riops` and `wiops` in operations a second, as in `--io /dev/sda:rbps=10M,wiops=500`. DEVICE may be MAJOR:MINOR."},
	{Long: "output", Arg: "SIZE", Common: true, Default: "none", Set: on(func(r *request, v string) error { return limitSize(&r.spec.Limits.Output, v) }),
		Doc: "bytes on standard output and error together"},
	{Long: "fsize", Arg: "SIZE", Default: "none", Set: on(func(r *request, v string) error { return limitSize(&r.spec.Limits.FileSize, v) }),
		Doc: "the largest file it may write"},
	{Long: "tmp-size", Arg: "SIZE", Default: "512M", Set: on(func(r *request, v string) error { return limitSize(&r.spec.Limits.Tmp, v) }),
		Doc: "each of /tmp, the home directory and /dev/shm"},
	{Long: "tmp-inodes", Arg: "N", Default: "65536", Set: on(func(r *request, v string) error { return limitCount(&r.spec.Limits.TmpInodes, v) }),
		Doc: "files in each of them"},
	{Long: "shm-size", Arg: "SIZE", Set: on((*request).setShm), Default: "that of --tmp-size",
		Doc: "shared memory, /dev/shm"},
	{Long: "stack", Arg: "SIZE", Default: "8M", Set: on(func(r *request, v string) error { return limitSize(&r.spec.Limits.Stack, v) }),
		Doc: "the stack of each process"},
	{Long: "nofile", Arg: "N", Default: "1024, which the program may raise to 4096", Set: on(func(r *request, v string) error { return limitCount(&r.spec.Limits.OpenFiles, v) }),
		Doc: "open files of each process"},
	{Long: "rlimit", Arg: "NAME=VALUE", Repeat: true, Set: on((*request).addRlimit),
		Doc: "another resource limit, as in memlock=64K", More: "The names are those of getrlimit(2): as, data, locks, memlock, msgqueue, nice, nproc, rtprio and so on."},
	{Long: "nice", Arg: "N", Default: "0", Set: on((*request).setNice),
		Doc: "give way to other programs, 0 to 19"},
	{Long: "affinity", Arg: "CPULIST", Set: on(func(r *request, v string) error { return cpuList(&r.spec.Scheduling.Affinity, v) }),
		Doc: "start on these processors; the program may change it", More: "Unlike `--cpuset` it needs no cgroup."},
	{Long: "core-sched", Set: on(func(r *request, _ string) error {
		r.must(spec.ProtectionCoreScheduling)
		r.spec.Scheduling.Core = true
		return nil
	}),
		Doc: "keep strangers off the processor core it runs on"},
}
