package seccomp

// Arch is a machine that programs are compiled for.
type Arch uint8

// The machines that bulkhead runs on.
const (
	AMD64 Arch = iota
	ARM64
)

// Arches are all of them.
func Arches() []Arch { return []Arch{AMD64, ARM64} }

// String is Go's name of the machine.
func (a Arch) String() string { return a.abi().String() }

func (a Arch) abi() abi { return abi(a) }

// abi is a way to call the kernel: that of a machine's own programs, or that of
// the 32-bit programs which it runs as well.
type abi uint8

const (
	abiAMD64 abi = iota
	abiARM64
	abiI386
	abiCount
)

// perABI holds one value for each ABI.
type perABI [abiCount]uint64

func (a abi) String() string { return [...]string{"amd64", "arm64", "i386"}[a] }

// audit is the number that the kernel puts into seccomp_data.arch; linux/audit.h.
//
// FACT - since 3.5 (seccomp(2)) - a call's number means nothing without its ABI: number 102 is getuid for a 64-bit program and
// socketcall for `int 0x80` - every program tests this word before the number - the same on all kernels.
func (a abi) audit() uint32 { return [...]uint32{0xC000003E, 0xC00000B7, 0x40000003}[a] }

// calls is the ABI's table, sorted by name.
func (a abi) calls() []call {
	switch a {
	case abiAMD64:
		return amd64Calls[:]
	case abiARM64:
		return arm64Calls[:]
	default:
		return i386Calls[:]
	}
}

// has tells whether the ABI knows a system call of that name.
func (a abi) has(name string) bool {
	_, ok := find(a.calls(), name, callName)
	return ok
}
