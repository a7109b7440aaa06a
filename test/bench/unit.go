package main

import (
	"fmt"
	"math"
)

// unit says what the figures of a table are.
type unit string

const (
	inSeconds unit = "seconds"
	inBytes   unit = "bytes"
	inStarts  unit = "starts per second"
	inTimes   unit = "ratio"
	// inInstructions counts those of a system-call filter.
	inInstructions unit = "instructions"
)

// scales of each unit, the largest first.
var scales = map[unit][]struct {
	size float64
	name string
}{
	inSeconds: {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}},
	inBytes:   {{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, "B"}},
	inStarts:  {{1, "/s"}},
	inTimes:   {{1, "×"}},

	inInstructions: {{1, ""}},
}

// scale is the largest in which a value is at least 1.
func (u unit) scale(value float64) (size float64, name string) {
	list := scales[u]
	for _, s := range list {
		if math.Abs(value) >= s.size {
			return s.size, s.name
		}
	}
	last := list[len(list)-1]
	return last.size, last.name
}

// text is a value with three digits that count, and its unit.
func (u unit) text(value float64) string {
	if u == inInstructions {
		return fmt.Sprintf("%.0f", value)
	}
	size, name := u.scale(value)
	return digits(value/size) + " " + name
}

func digits(v float64) string {
	switch a := math.Abs(v); {
	case a >= 99.95:
		return fmt.Sprintf("%.0f", v)
	case a >= 9.995:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
