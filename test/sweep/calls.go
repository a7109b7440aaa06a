package main

import (
	"fmt"
	"slices"

	"github.com/bulkhead/bulkhead/internal/seccomp"
)

// call is one system call to be made inside.
type call struct {
	abi seccomp.ABI
	seccomp.Data
}

// beyond is how far past the newest known call the sweep goes.
const beyond = 64

// odd are sets of arguments that no sound program uses all of.
var odd = [][6]uint64{
	{},
	{1, 1, 1, 1, 1, 1},
	{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)},
	{1<<63 - 1, 1<<63 - 1, 1<<63 - 1, 1<<63 - 1, 1<<63 - 1, 1<<63 - 1},
	{0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000},                   // addresses where nothing is
	{kernelText, kernelText, kernelText, kernelText, kernelText, 4096}, // and where the kernel is
	{0, 0xdeadbeef000, 1 << 32, 0x80000000, 0x7ffffffff000, 7},         // of each something
	{1<<32 | 2, 1<<32 | 1, 1 << 32, 1<<32 | 0x10000000, 1 << 33, 1},    // small numbers below bits that a filter may overlook
}

const kernelText = 0xffffffff81000000

// entry is a way into the kernel with the sets of arguments that it is tried with.
type entry struct {
	abi  seccomp.ABI
	sets [][6]uint64
}

// entries are all ways of this machine.
func entries() []entry {
	if seccomp.Native() == seccomp.ARM64 {
		return []entry{{seccomp.ABIARM64, odd}}
	}
	return []entry{{seccomp.ABIAMD64, odd}, {seccomp.ABIX32, odd[:2]}, {seccomp.ABII386, narrow(odd[:3])}}
}

// narrow leaves what a 32-bit call has room for.
func narrow(sets [][6]uint64) [][6]uint64 {
	var list [][6]uint64
	for _, set := range sets {
		for i := range set {
			set[i] &= 1<<32 - 1
		}
		list = append(list, set)
	}
	return list
}

// x32Bit marks the calls of x32; asm/unistd.h.
const x32Bit = 0x40000000

// sweep is every number up to beyond the newest, in every way, with every set.
func sweep() []call {
	var list []call
	for _, e := range entries() {
		for number := range newest(e.abi) + 1 + beyond {
			if e.abi == seccomp.ABIX32 {
				number |= x32Bit
			}
			for _, set := range e.sets {
				c := call{e.abi, seccomp.Data{Number: number, Audit: e.abi.Audit(), Arguments: set}}
				if !spared(c.name()) {
					list = append(list, c)
				}
			}
		}
	}
	return list
}

// newest is the highest number that has a name.
func newest(abi seccomp.ABI) (n uint32) {
	if abi == seccomp.ABIX32 {
		abi = seccomp.ABIAMD64
	}
	for number := range uint32(1024) {
		if _, name := seccomp.CallOf(abi.Audit(), number); name != "" {
			n = number
		}
	}
	return n
}

// name is empty for a number that means nothing.
func (c call) name() string {
	_, name := seccomp.CallOf(c.Audit, c.Number)
	return name
}

// spared: every policy may allow it, and it would write out the disks of the whole machine.
func spared(name string) bool { return name == "sync" }

// grave are the calls whose success would reach the whole machine. They are
// made behind a filter that refuses them, and never without one, although the
// program has no capability for them then either.
var grave = []string{
	"reboot", "kexec_load", "kexec_file_load", "swapon", "swapoff", "settimeofday", "stime", "clock_settime", "clock_adjtime", "clock_adjtime64",
	"clock_settime64", "adjtimex", "init_module", "finit_module", "delete_module", "create_module", "acct", "iopl", "ioperm", "syslog", "vhangup",
	"quotactl", "quotactl_fd", "bpf", "_sysctl", "nfsservctl", "add_key", "request_key", "keyctl", "sync", "syncfs", "kcmp", "lookup_dcookie",
}

// harmless tells whether a call may be made without a filter.
func (c call) harmless() bool { return c.abi != seccomp.ABII386 && !slices.Contains(grave, c.name()) }

func (c call) String() string {
	name := c.name()
	if name == "" {
		name = "unknown"
	}
	return fmt.Sprintf("%s %d (%s) %#x", c.abi, c.Number, name, c.Arguments)
}

// request is the call in the language of the hostile program; see test/hostile/sweep.go.
func (c call) request(milliseconds int) string {
	way := "native"
	if c.abi == seccomp.ABII386 {
		way = "int80"
	}
	a := c.Arguments
	return fmt.Sprintf("%s %x %x %x %x %x %x %x %x\n", way, c.Number, a[0], a[1], a[2], a[3], a[4], a[5], milliseconds)
}
