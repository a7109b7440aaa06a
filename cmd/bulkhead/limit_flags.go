package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// size, count and duration set a limit that must then hold.

func (r *request) size(p spec.Protection, into *spec.Size, value string) error {
	r.must(p)
	return limitSize(into, value)
}

func (r *request) count(p spec.Protection, into *int64, value string) error {
	r.must(p)
	return limitCount(into, value)
}

// setSwap differs from other sizes: 0 is its default, and a wish one may have.
func (r *request) setSwap(value string) (err error) {
	r.must(spec.ProtectionSwap)
	r.spec.Limits.Swap, err = spec.ParseSize(value)
	return err
}

func (r *request) setCPUs(value string) (err error) {
	r.must(spec.ProtectionCPU)
	r.spec.Limits.CPUs, err = processors(value)
	return err
}

func (r *request) setCPUWeight(value string) (err error) {
	r.must(spec.ProtectionCPU)
	r.spec.Limits.CPUWeight, err = number(value, 1, 10000)
	return err
}

func (r *request) setCpuset(value string) error {
	r.must(spec.ProtectionCPU)
	return cpuList(&r.spec.Limits.Cpuset, value)
}

func (r *request) setCPUTime(value string) error {
	r.must(spec.ProtectionCPU)
	return limitDuration(&r.spec.Limits.CPUTime, value)
}

// addIO reads DEVICE:KEY=VALUE,... A device may be MAJOR:MINOR, so the list is what follows the last colon.
func (r *request) addIO(value string) error {
	r.must(spec.ProtectionIO)
	i := strings.LastIndexByte(value, ':')
	if i <= 0 || !strings.Contains(value[i:], "=") {
		return refuse("not of the form DEVICE:KEY=VALUE", "as in /dev/sda:rbps=10M,wiops=500; keys are "+strings.Join(ioKeys, ", "))
	}
	limit := spec.IOLimit{Device: value[:i]}
	for pair := range strings.SplitSeq(value[i+1:], ",") {
		key, text, _ := strings.Cut(pair, "=")
		if err := setIO(&limit, key, text); err != nil {
			return err
		}
	}
	r.spec.Limits.IO = append(r.spec.Limits.IO, limit)
	return nil
}

// ioKeys are the kernel's own, in io.max.
var ioKeys = []string{"rbps", "wbps", "riops", "wiops"}

func setIO(limit *spec.IOLimit, key, value string) (err error) {
	switch key {
	case "rbps":
		err = limitSize(&limit.ReadBPS, value)
	case "wbps":
		err = limitSize(&limit.WriteBPS, value)
	case "riops":
		err = limitCount(&limit.ReadIOPS, value)
	case "wiops":
		err = limitCount(&limit.WriteIOPS, value)
	default:
		return unknownWord("key", key, ioKeys)
	}
	if err != nil {
		return inOption(key, err)
	}
	return nil
}

// addRlimit reads NAME=VALUE; a value without unit is a plain number, as setrlimit takes it.
func (r *request) addRlimit(value string) error {
	name, text, found := strings.Cut(value, "=")
	if !found {
		return refuse("not of the form NAME=VALUE", "as in memlock=64K; names are "+strings.Join(spec.Rlimits(), ", "))
	}
	name = strings.TrimPrefix(strings.ToLower(name), "rlimit_")
	if !slices.Contains(spec.Rlimits(), name) {
		return unknownWord("resource", name, spec.Rlimits())
	}
	limit, err := plainOrSize(text)
	if err != nil {
		return err
	}
	if r.spec.Limits.Rlimits == nil {
		r.spec.Limits.Rlimits = map[string]spec.Size{}
	}
	r.spec.Limits.Rlimits[name] = limit
	return nil
}

func plainOrSize(text string) (spec.Size, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return spec.Size(n), nil
	}
	return spec.ParseSize(text)
}

func (r *request) setNice(value string) error {
	n, err := number(value, 0, 19)
	r.spec.Scheduling.Nice = int(n)
	return err
}
