package main

import (
	"strconv"
	"time"

	"github.com/bulkhead/bulkhead/spec"
)

// seconds is a time span for people: 1.25 s, 3 ms.
func seconds(s float64) string {
	if s < 0.1 {
		return strconv.FormatFloat(s*1000, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(s, 'f', 2, 64) + " s"
}

// humanSize is a size for people, with one digit behind the point: 12.5M.
func humanSize(n int64) string {
	if n < 0 || n == 1<<63-1 {
		return "unlimited"
	}
	const units = "KMGTPE"
	if n < 1024 {
		return strconv.FormatInt(n, 10) + "B"
	}
	value, unit := float64(n)/1024, 0
	for value >= 1023.95 { // it would be shown as 1024.0
		value, unit = value/1024, unit+1
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + units[unit:unit+1]
}

// count is a number, or unlimited.
func count(n int64) string {
	if n == spec.Unlimited {
		return "unlimited"
	}
	return strconv.FormatInt(n, 10)
}

// ago is how long something has been going on, in its largest unit.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + "m"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + "h"
	}
	return strconv.Itoa(int(d.Hours()/24)) + "d"
}
