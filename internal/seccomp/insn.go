package seccomp

import "encoding/binary"

// Insn is one instruction of classic BPF: struct sock_filter of linux/filter.h.
type Insn struct {
	Code   uint16
	JT, JF uint8
	K      uint32
}

// Program is a filter for seccomp(2). The empty program means no filter.
type Program []Insn

// MaxInsns is the longest program the kernel takes; BPF_MAXINSNS of linux/bpf_common.h.
const MaxInsns = 4096

// insnSize is the size of struct sock_filter.
const insnSize = 8

// The instructions that programs are made of; linux/bpf_common.h.
const (
	opLoad    = 0x20 // A = word K of seccomp_data
	opAnd     = 0x54 // A &= K
	opJump    = 0x05 // skip K instructions
	opEqual   = 0x15 // A == K: skip JT, else skip JF
	opAbove   = 0x25 // A > K
	opAtLeast = 0x35 // A >= K
	opAny     = 0x45 // A & K != 0
	opReturn  = 0x06
)

// Offsets in struct seccomp_data; linux/seccomp.h.
const (
	offsetNumber    = 0
	offsetArch      = 4
	offsetArguments = 16 // six of eight bytes each, the low word first: all our machines are little-endian
)

// Bytes is the program as an array of struct sock_filter, as the kernel reads it.
func (p Program) Bytes() []byte {
	b := make([]byte, 0, len(p)*insnSize)
	for _, i := range p {
		b = binary.LittleEndian.AppendUint16(b, i.Code)
		b = append(b, i.JT, i.JF)
		b = binary.LittleEndian.AppendUint32(b, i.K)
	}
	return b
}

// Notifies tells whether the program may hand calls to a supervisor, who then
// needs the listener's descriptor (SECCOMP_FILTER_FLAG_NEW_LISTENER).
func (p Program) Notifies() bool {
	for _, i := range p {
		if i.Code == opReturn && Action(i.K) == Notify {
			return true
		}
	}
	return false
}
