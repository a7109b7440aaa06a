package spec

import (
	"strconv"
	"strings"
)

// maxCPUs is the most processors that any kernel is built for (CONFIG_NR_CPUS).
const maxCPUs = 8192

// longestCPUList is more than all numbers one by one take: longer text says the same again and again.
const longestCPUList = 64 << 10

// ParseCPUList reads a list of processors such as "0-1,4" or "0-14:2" (every
// second), the form of cpuset.cpus; cpuset(7). The result is in order, each once.
func ParseCPUList(text string) ([]int, error) {
	if len(text) > longestCPUList {
		return nil, &FieldError{Path: "processor list", Value: text, Why: "longer than 64 KiB", Hint: `join neighbours to ranges, as in "0-1023"`}
	}
	var chosen [maxCPUs]bool
	for part := range strings.SplitSeq(text, ",") {
		first, last, step, ok := cpuRange(part)
		if !ok {
			return nil, &FieldError{Path: "processor list", Value: text, Why: "cannot read " + quote(part), Hint: `write numbers and ranges, such as "0-1,4"`}
		}
		if last >= maxCPUs {
			return nil, &FieldError{Path: "processor list", Value: text, Why: "no kernel knows processor " + strconv.Itoa(last), Hint: "numbers are 0 to 8191"}
		}
		for i := first; i <= last; i += step {
			chosen[i] = true
		}
	}
	var cpus []int
	for i, in := range chosen {
		if in {
			cpus = append(cpus, i)
		}
	}
	return cpus, nil
}

// cpuRange reads N, N-M or N-M:STEP.
func cpuRange(text string) (first, last, step int, ok bool) {
	span, stride, hasStride := strings.Cut(text, ":")
	low, high, isRange := strings.Cut(span, "-")
	if !isRange {
		high = low
	}
	first, ok1 := smallNumber(low)
	last, ok2 := smallNumber(high)
	step, ok3 := 1, !hasStride
	if hasStride && isRange {
		step, ok3 = smallNumber(stride)
	}
	return first, last, step, ok1 && ok2 && ok3 && first <= last && step > 0
}

// smallNumber reads a decimal number of at most nine digits without sign.
func smallNumber(text string) (int, bool) {
	if len(text) > 9 {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err == nil && text[0] != '+'
}
