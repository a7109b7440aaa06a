package launch

import (
	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// notes reads the times that a plan with notes has left; since makes them CLOCK_MONOTONIC's.
func notes(cells []uintptr, places []plan.Cell, since int64) []int64 {
	if places == nil {
		return nil
	}
	times := make([]int64, len(places))
	for i, c := range places {
		if c != 0 {
			times[i] = startTime(cells, c) + since
		}
	}
	return times
}

// now is CLOCK_MONOTONIC in nanoseconds.
func now() int64 { return read(unix.CLOCK_MONOTONIC) }

func read(clock int32) int64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(clock, &ts) // it cannot fail for these clocks
	return ts.Nano()
}

// clockOf is what CLOCK_MONOTONIC is ahead of the clock that a plan's steps read.
func clockOf(p *plan.Plan) int64 {
	if p.OwnMemory {
		return now() - read(unix.CLOCK_REALTIME)
	}
	return 0
}
