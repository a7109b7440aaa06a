package sandbox

import (
	"time"

	"github.com/bulkhead/bulkhead/spec"
)

// hit ends the sandbox because of a limit; the first one counts.
func (b *Sandbox) hit(limit spec.LimitKind) {
	b.limit.CompareAndSwap(nil, &limit)
	_ = b.Kill() // it fails only for a program that has ended
}

// watch waits for the end of the sandbox, and meanwhile does what has to be
// done at its time: enforce the limits that the kernel does not, and register.
// All of it is one loop in one goroutine, which most programs never wake.
func (b *Sandbox) watch() {
	m := newMeter(b)
	for !b.waitExit(b.pause(m)) {
		b.settle()
		if b.limit.Load() != nil {
			continue // it is being killed
		}
		if l := b.wallLimit(); l > 0 && b.age() >= l {
			b.hit(spec.LimitWall)
		} else if limit := m.look(); limit != "" {
			b.hit(limit)
		}
	}
}

// waitExit waits for the end, the first while with a thread of its own: most
// programs end in that time, and are noticed sooner.
func (b *Sandbox) waitExit(d time.Duration) bool {
	if b.age() < lasting {
		return b.proc.WaitHere(min(d, lasting-b.age()))
	}
	return b.proc.WaitExit(d)
}

// pause is how long nothing has to be done.
func (b *Sandbox) pause(m *meter) time.Duration {
	wait := m.next()
	if !b.settled {
		wait = min(wait, settled-b.age())
	}
	if b.last != nil {
		wait = min(wait, lasting-b.age())
	}
	if l := b.wallLimit(); l > 0 && b.limit.Load() == nil {
		wait = min(wait, l-b.age())
	}
	return max(wait, 0)
}

// wallLimit is the limit on wall time with its grace, or 0 for none.
func (b *Sandbox) wallLimit() time.Duration {
	l := &b.spec.Limits
	if l.Wall <= 0 {
		return 0
	}
	return (l.Wall + l.Grace).Std()
}

// lasting is how long a program runs before its caller is told that it does.
const lasting = 20 * time.Millisecond

// settle does what only a sandbox that has run for a while is worth: tell the
// caller, register, and see what others have left.
func (b *Sandbox) settle() {
	if tell := b.last; tell != nil && b.age() >= lasting {
		b.last = nil
		tell(b)
	}
	if !b.settled && b.age() >= settled {
		b.settled = true
		if !b.reg.tried {
			b.record()
		}
		tidy()
	}
}

// age is the time since the exec.
func (b *Sandbox) age() time.Duration { return monotonic() - time.Duration(b.proc.Started) }
