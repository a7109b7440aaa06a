package sandbox

import (
	"context"
	"time"

	"github.com/bulkhead/bulkhead/spec"
)

// hit ends the sandbox because of a limit; the first one counts.
func (b *Sandbox) hit(limit spec.LimitKind) {
	b.limit.CompareAndSwap(nil, &limit)
	_ = b.Kill() // it fails only for a program that has ended
}

// watch arranges for the limits that the kernel does not enforce by itself.
func (b *Sandbox) watch(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { _ = b.Kill() })
	b.stop = append(b.stop, func() { stop() })
	l := &b.spec.Limits
	if l.Wall > 0 {
		left := (l.Wall + l.Grace).Std() - b.age()
		timer := time.AfterFunc(max(left, 0), func() { b.hit(spec.LimitWall) })
		b.stop = append(b.stop, func() { timer.Stop() })
	}
	if m := newMeter(b); m != nil {
		go m.run()
	}
}

// age is the time since the exec.
func (b *Sandbox) age() time.Duration { return monotonic() - time.Duration(b.proc.Started) }
