package sandbox

import (
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/bulkhead/bulkhead/spec"
)

// meter watches what a program uses: processor time against its limit, no
// processor time at all, and forks refused again and again.
type meter struct {
	box        *Sandbox
	limit      time.Duration    // processor time, with grace; 0: none
	idle       time.Duration    // 0: none
	used       time.Duration    // processor time at the last look
	lastUse    time.Duration    // processor time when it last grew
	lastUsedAt time.Duration    // and the age of the sandbox then
	refused    int64            // forks refused so far
	refusedAt  [2]time.Duration // the age at the first and the last refusal of a series without a pause
}

const (
	// coarsest and finest are the bounds of the time between two looks; for a
	// sandbox that has lived for long it may be slowest: a thousand that sleep are not to keep a processor busy.
	coarsest = 250 * time.Millisecond
	slowest  = 2 * time.Second
	finest   = 2 * time.Millisecond
	// bomb is how many refused forks make a fork bomb: a program that copes
	// with a refusal does not ask a thousand times. Where forks are slow it is
	// fewer, bombSlow, if they go on for bombTime without a pause.
	bomb     = 1000
	bombSlow = 50
	bombTime = time.Second
)

func newMeter(b *Sandbox) *meter {
	l := &b.spec.Limits
	m := &meter{box: b}
	if l.CPUTime > 0 {
		m.limit = (l.CPUTime + l.Grace).Std()
	}
	if l.Idle > 0 {
		m.idle = l.Idle.Std()
	}
	return m
}

// look reads the meter and returns the limit that is hit, or "".
func (m *meter) look() spec.LimitKind {
	if m.box.group == nil {
		return ""
	}
	used, err := m.box.cpu()
	if err != nil {
		return "" // the group is gone: so is the program
	}
	m.used = used
	return m.check(used)
}

// check returns the limit that is hit, or "".
func (m *meter) check(used time.Duration) spec.LimitKind {
	age := m.box.age()
	if used-m.lastUse > idleNoise {
		m.lastUse, m.lastUsedAt = used, age
	}
	switch {
	case m.limit > 0 && used >= m.limit:
		return spec.LimitCPU
	case m.idle > 0 && age-m.lastUsedAt >= m.idle:
		return spec.LimitIdle
	}
	return m.checkCounters(age)
}

// checkCounters looks at what the kernel counted. It kills for memory by
// itself, but on v1 only one process: the rest of the program goes on maimed.
func (m *meter) checkCounters(age time.Duration) spec.LimitKind {
	stats, err := m.box.totals()
	switch {
	case err != nil:
		return "" // the group is gone: so is the program
	case stats.OOMKills > 0:
		return spec.LimitMemory
	case m.bombs(age, stats.PidsMaxHits):
		return spec.LimitPids
	}
	return ""
}

// coarse is the longest time between two looks at a sandbox of an age.
func coarse(age time.Duration) time.Duration { return min(max(coarsest, age/16), slowest) }

// idleNoise is processor time that a process uses by being looked at.
const idleNoise = time.Millisecond

// next is when to look again: never later than the limit can be reached with
// all processors busy.
func (m *meter) next() time.Duration {
	if m.box.group == nil {
		return time.Hour
	}
	wait := coarse(m.box.age())
	if m.limit > 0 {
		wait = min(wait, (m.limit-m.used)/processors())
	}
	if m.idle > 0 {
		wait = min(wait, m.idle-(m.box.age()-m.lastUsedAt))
	}
	return max(wait, finest)
}

// processors is how many the machine has. Those that this process is bound to do
// not count: the program may choose others, sched_setaffinity(2).
var processors = sync.OnceValue(func() time.Duration {
	text, _ := os.ReadFile("/sys/devices/system/cpu/online")
	online, err := spec.ParseCPUList(strings.TrimSpace(string(text)))
	if err != nil {
		return time.Duration(runtime.NumCPU())
	}
	return time.Duration(len(online))
})

// bombs tells whether the program is a fork bomb, from how many of its forks were refused.
func (m *meter) bombs(age time.Duration, refused int64) bool {
	if refused > m.refused {
		if age-m.refusedAt[1] > 2*coarse(age) {
			m.refusedAt[0] = age
		}
		m.refused, m.refusedAt[1] = refused, age
	}
	return m.refused >= bomb || m.refused >= bombSlow && m.refusedAt[1]-m.refusedAt[0] >= bombTime
}

// cpu is the processor time of this sandbox.
func (b *Sandbox) cpu() (time.Duration, error) {
	used, err := b.group.CPU()
	if b.base != nil {
		used -= b.base.CPU
	}
	return used, err
}
