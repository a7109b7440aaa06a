package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// limitSize reads a size that limits something: 0 would stand for the default.
func limitSize(into *spec.Size, value string) error {
	size, err := spec.ParseSize(value)
	if err != nil {
		return err
	}
	if size == 0 {
		return refuse("a limit of nothing", "write unlimited for no limit; without the flag the default holds")
	}
	*into = size
	return nil
}

// limitDuration reads a time span that limits something.
func limitDuration(into *spec.Duration, value string) error {
	d, err := spec.ParseDuration(value)
	switch {
	case err != nil:
		return err
	case d < 0 && value[0] == '-':
		return refuse("negative", "write unlimited for no limit")
	case d == 0:
		return refuse("a limit of nothing", "write unlimited for no limit; without the flag the default holds")
	}
	*into = d
	return nil
}

// limitCount reads a number that limits something.
func limitCount(into *int64, value string) error {
	if value == "unlimited" || value == "max" {
		*into = spec.Unlimited
		return nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n <= 0 {
		return refuse(notNumber(value, err), `write a whole number from 1 up, or unlimited`)
	}
	*into = n
	return nil
}

func notNumber(value string, err error) string {
	switch {
	case err == nil && value[0] == '-':
		return "negative"
	case err == nil:
		return "a limit of nothing"
	case strings.Contains(err.Error(), "range"):
		return "a number too large"
	}
	return "not a whole number"
}

// number reads a whole number between two bounds.
func number(value string, low, high int64) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < low || n > high {
		return 0, refuse("not a whole number from "+strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10), "")
	}
	return n, nil
}

// id reads a user or group id. The last one, 4294967295, is no id: -1 to the kernel.
func id(value string) (uint32, error) {
	n, err := number(value, 0, math.MaxUint32-1)
	return uint32(n), err
}

// processors reads how many processors' worth of time, a positive number.
func processors(value string) (float64, error) {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !(n > 0) || math.IsInf(n, 0) {
		return 0, refuse("not a positive number", "write 1.5 for one and a half processors")
	}
	return n, nil
}

// cpuList checks a list of processors.
func cpuList(into *string, value string) error {
	if _, err := spec.ParseCPUList(value); err != nil {
		return err
	}
	*into = value
	return nil
}

// descriptor reads the number of an inherited descriptor.
func descriptor(value string, low int64) (int, error) {
	n, err := number(value, low, 1<<20)
	return int(n), err
}
