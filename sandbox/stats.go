package sandbox

import (
	"errors"
	"time"

	"github.com/bulkhead/bulkhead/internal/cgroup"
)

// Stats is what a sandbox uses at the moment, and has used.
type Stats struct {
	CPUSeconds         float64 `json:"cpu_seconds"`
	UserSeconds        float64 `json:"user_seconds"`
	SystemSeconds      float64 `json:"system_seconds"`
	WallSeconds        float64 `json:"wall_seconds"`
	MemoryCurrentBytes int64   `json:"memory_current_bytes"`
	MemoryPeakBytes    int64   `json:"memory_peak_bytes"`
	MemoryLimitBytes   int64   `json:"memory_limit_bytes"`
	// PidsCurrent counts processes and threads, init included.
	PidsCurrent int64 `json:"pids_current"`
	PidsPeak    int64 `json:"pids_peak"`
	PidsLimit   int64 `json:"pids_limit"`
	OOMKills    int64 `json:"oom_kills"`
}

// ErrNoCgroup is in the errors of what needs a cgroup, for a sandbox that has none.
var ErrNoCgroup = errors.New("it has no cgroup")

// Stats reads the sandbox's counters.
func (b *Sandbox) Stats() (Stats, error) {
	g, err := b.cgroupFor("read the counters of")
	if err != nil {
		return Stats{}, err
	}
	s, err := g.Stats()
	if err != nil {
		return Stats{}, asError(err, &b.spec)
	}
	return Stats{
		CPUSeconds: s.CPU.Seconds(), UserSeconds: s.User.Seconds(), SystemSeconds: s.System.Seconds(),
		WallSeconds:        b.age().Round(time.Microsecond).Seconds(),
		MemoryCurrentBytes: s.MemoryCurrent, MemoryPeakBytes: s.MemoryPeak, MemoryLimitBytes: int64(b.spec.Limits.Memory),
		PidsCurrent: s.PidsCurrent, PidsPeak: s.PidsPeak, PidsLimit: b.spec.Limits.Pids, OOMKills: s.OOMKills,
	}, nil
}

// Freeze stops all processes of the sandbox where they are. The program cannot notice or refuse it.
// Limits on wall and idle time go on counting. One that is killed does not stay frozen.
func (b *Sandbox) Freeze() error {
	g, err := b.cgroupFor("freeze")
	if err != nil {
		return err
	}
	err = g.Freeze()
	if b.killed.Load() {
		b.letGo()
	}
	return asError(err, &b.spec)
}

// Thaw lets a frozen sandbox go on.
func (b *Sandbox) Thaw() error {
	g, err := b.cgroupFor("thaw")
	if err != nil {
		return err
	}
	return asError(g.Thaw(), &b.spec)
}

func (b *Sandbox) cgroupFor(op string) (*cgroup.Group, error) {
	if b.group == nil {
		return nil, &Error{Kind: HostLacks, Op: op, Object: b.name, Err: ErrNoCgroup,
			Hint: "see 'bulkhead doctor' for how to get cgroups here"}
	}
	if b.ended() {
		return nil, &Error{Kind: Mistake, Op: op, Object: b.name, Err: errors.New("it has ended")}
	}
	return b.group, nil
}
