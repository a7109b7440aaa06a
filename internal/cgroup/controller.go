package cgroup

import (
	"math/bits"
	"strings"
)

// Controllers is a set of the kernel's resource controllers; cgroups(7).
type Controllers uint8

// The controllers in use here. Their order is that of the printed form.
const (
	Memory Controllers = 1 << iota
	Pids
	CPU
	Cpuset
	// IO is "io" on v2 and "blkio" on v1.
	IO
	// CPUAcct and Freezer exist on v1 only; on v2 every group can do their work.
	CPUAcct
	Freezer
)

// All is every controller.
const All = Memory | Pids | CPU | Cpuset | IO | CPUAcct | Freezer

var (
	namesV1 = [...]string{"memory", "pids", "cpu", "cpuset", "blkio", "cpuacct", "freezer"}
	namesV2 = [...]string{"memory", "pids", "cpu", "cpuset", "io", "", ""}
)

// Has reports whether every controller of want is in the set.
func (c Controllers) Has(want Controllers) bool { return c&want == want }

// index is the position of a set's lowest controller in the tables.
func (c Controllers) index() int { return bits.TrailingZeros8(uint8(c)) }

// each calls f with every controller of the set, in order.
func (c Controllers) each(f func(Controllers)) {
	for rest := c; rest != 0; rest &= rest - 1 {
		f(rest.first())
	}
}

// first is the set's lowest controller.
func (c Controllers) first() Controllers { return c & -c }

// joined is the set's v2 names, each after prefix, separated by blanks.
func (c Controllers) joined(prefix string) string {
	var words []string
	c.each(func(one Controllers) { words = append(words, prefix+one.nameV2()) })
	return strings.Join(words, " ")
}

// nameV2 is one controller's name on v2, or on v1 where only that has it.
func (c Controllers) nameV2() string {
	if name := namesV2[c.index()]; name != "" {
		return name
	}
	return namesV1[c.index()]
}

// String is the set as the kernel prints it: "memory pids".
func (c Controllers) String() string { return c.joined("") }

// MarshalText writes the set as String does.
func (c Controllers) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote and ignores controllers that this package does not use.
func (c *Controllers) UnmarshalText(text []byte) error {
	*c = parseControllers(string(text), &namesV2) | parseControllers(string(text), &namesV1)
	return nil
}

// parseControllers reads a list such as cgroup.controllers.
func parseControllers(list string, names *[7]string) Controllers {
	var set Controllers
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' }) {
		for i, name := range names {
			if name == word {
				set |= 1 << i
			}
		}
	}
	return set
}
