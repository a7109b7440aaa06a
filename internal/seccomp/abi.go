package seccomp

import "slices"

// ABI is a way of making system calls that a machine's kernel offers.
type ABI string

// The ABIs of the machines that bulkhead runs on.
const (
	ABIAMD64 ABI = "amd64"
	ABII386  ABI = "i386" // 32-bit programs on amd64, and int 0x80 in any program
	ABIX32   ABI = "x32"  // numbers with bit 30 set, on amd64
	ABIARM64 ABI = "arm64"
)

// x32Bit marks the numbers of x32; asm/unistd_x32.h.
const x32Bit = 1 << 30

// ABIs are those of a machine, its own first. (32-bit programs on arm64 are killed, so their calls have no table.)
func (a Arch) ABIs() []ABI {
	if a == AMD64 {
		return []ABI{ABIAMD64, ABII386, ABIX32}
	}
	return []ABI{ABIARM64}
}

// table is the ABI whose numbers and rules hold.
func (b ABI) table() abi {
	switch b {
	case ABIARM64:
		return abiARM64
	case ABII386:
		return abiI386
	}
	return abiAMD64
}

// Audit is what a filter sees as the ABI of a call.
func (b ABI) Audit() uint32 { return b.table().audit() }

// number is that of a call with this ABI; for x32, the number that amd64 has, marked.
func (b ABI) number(name string) (uint32, bool) {
	entry, ok := find(b.table().calls(), name, callName)
	number := uint32(entry.number)
	if b == ABIX32 {
		number |= x32Bit
	}
	return number, ok
}

// CallOf says which call a number means for a program with this audit word; the name is empty where no table has it.
func CallOf(audit, number uint32) (b ABI, name string) {
	for _, a := range Arches() {
		for _, b := range a.ABIs() {
			marked := number&x32Bit != 0 && b.table() == abiAMD64
			if b.Audit() == audit && marked == (b == ABIX32) {
				return b, b.name(number &^ x32Bit)
			}
		}
	}
	return "", ""
}

func (b ABI) name(number uint32) string {
	calls := b.table().calls()
	i := slices.IndexFunc(calls, func(c call) bool { return uint32(c.number) == number })
	if i < 0 {
		return ""
	}
	return calls[i].name
}

// KnownCall tells whether any machine has a system call of that name.
func KnownCall(name string) bool { return knownCall(name) }
