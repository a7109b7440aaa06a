package launch

import (
	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// notes reads the times that a plan with notes has left.
func notes(cells []uintptr, places []plan.Cell) []int64 {
	if places == nil {
		return nil
	}
	times := make([]int64, len(places))
	for i, c := range places {
		if c != 0 {
			times[i] = startTime(cells, c)
		}
	}
	return times
}

// now is CLOCK_MONOTONIC in nanoseconds.
func now() int64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) // it cannot fail for this clock
	return ts.Nano()
}
