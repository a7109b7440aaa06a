package terminal

import (
	"sync"
	"sync/atomic"
)

// budget is the allowance of a Relay, or the shared one of a Capture's streams.
type budget struct {
	limit   int64 // ≤ 0: none
	onLimit func()

	written, delivered atomic.Int64
	passed             sync.Once
}

func (b *budget) unlimited() bool { return b.limit <= 0 }

// take counts n bytes and returns how many of them may be delivered.
func (b *budget) take(n int) int {
	after := b.written.Add(int64(n))
	if b.unlimited() || after <= b.limit {
		return n
	}
	b.passed.Do(func() {
		if b.onLimit != nil {
			b.onLimit()
		}
	})
	return int(max(0, int64(n)-(after-b.limit)))
}
