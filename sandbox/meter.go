package sandbox

import (
	"runtime"
	"time"

	"github.com/bulkhead/bulkhead/spec"
)

// meter watches what a program uses: processor time against its limit, no
// processor time at all, and forks refused again and again.
type meter struct {
	box        *Sandbox
	limit      time.Duration    // processor time, with grace; 0: none
	idle       time.Duration    // 0: none
	lastUse    time.Duration    // processor time when it last grew
	lastUsedAt time.Duration    // and the age of the sandbox then
	refused    int64            // forks refused so far
	refusedAt  [2]time.Duration // the age at the first and the last refusal of a series without a pause
}

const (
	// coarsest and finest are the bounds of the time between two looks.
	coarsest = 250 * time.Millisecond
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
	if b.group == nil {
		return nil
	}
	m := &meter{box: b}
	if l.CPUTime > 0 {
		m.limit = (l.CPUTime + l.Grace).Std()
	}
	if l.Idle > 0 {
		m.idle = l.Idle.Std()
	}
	return m
}

func (m *meter) run() {
	timer := time.NewTimer(m.next(0))
	defer timer.Stop()
	for {
		select {
		case <-m.box.done:
			return
		case <-timer.C:
		}
		used, err := m.box.group.CPU()
		if err != nil {
			return // the group is gone: so is the program
		}
		if limit := m.check(used); limit != "" {
			m.box.hit(limit)
			return
		}
		timer.Reset(m.next(used))
	}
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
	case m.bombs(age):
		return spec.LimitPids
	}
	return ""
}

// idleNoise is processor time that a process uses by being looked at.
const idleNoise = time.Millisecond

// next is when to look again: never later than the limit can be reached with
// all processors busy.
func (m *meter) next(used time.Duration) time.Duration {
	wait := coarsest
	if m.limit > 0 {
		wait = min(wait, (m.limit-used)/time.Duration(runtime.NumCPU()))
	}
	if m.idle > 0 {
		wait = min(wait, m.idle-(m.box.age()-m.lastUsedAt))
	}
	return max(wait, finest)
}

// bombs tells whether the program is a fork bomb.
func (m *meter) bombs(age time.Duration) bool {
	stats, err := m.box.group.Stats()
	if err != nil {
		return false
	}
	if stats.PidsMaxHits > m.refused {
		if age-m.refusedAt[1] > 2*coarsest {
			m.refusedAt[0] = age
		}
		m.refused, m.refusedAt[1] = stats.PidsMaxHits, age
	}
	return m.refused >= bomb || m.refused >= bombSlow && m.refusedAt[1]-m.refusedAt[0] >= bombTime
}
