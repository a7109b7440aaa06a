package seccomp

import "encoding/binary"

// Probe is a program, a static ELF file, that makes one system call, writes the
// eight bytes of the result to its standard output, and exits. The status are
// the low bits of the error, for policies that refuse to write.
func Probe(b ABI, d Data) []byte {
	code := probeCode(b)
	image := elfHead(b, len(code)+8*7)
	image = append(image, code...)
	image = binary.LittleEndian.AppendUint64(image, uint64(d.Number))
	for _, a := range d.Arguments {
		image = binary.LittleEndian.AppendUint64(image, a)
	}
	return image
}

func probeCode(b ABI) []byte {
	switch b {
	case ABIARM64:
		return words32(probeARM64[:])
	case ABII386:
		return append(probeI386[:len(probeI386):len(probeI386)], probeReport...)
	}
	return append(probeAMD64[:len(probeAMD64):len(probeAMD64)], probeReport...)
}

// The code ends where its data begin: the number and the six arguments.
var (
	probeAMD64 = []byte{
		0x48, 0x8d, 0x1d, 0x42, 0, 0, 0, // lea rbx, [data]
		0x48, 0x8b, 0x03, // mov rax, [rbx]
		0x48, 0x8b, 0x7b, 0x08, // mov rdi, [rbx+8]
		0x48, 0x8b, 0x73, 0x10, // mov rsi, [rbx+16]
		0x48, 0x8b, 0x53, 0x18, // mov rdx, [rbx+24]
		0x4c, 0x8b, 0x53, 0x20, // mov r10, [rbx+32]
		0x4c, 0x8b, 0x43, 0x28, // mov r8, [rbx+40]
		0x4c, 0x8b, 0x4b, 0x30, // mov r9, [rbx+48]
		0x0f, 0x05, // syscall
	}
	probeI386 = []byte{
		0x48, 0x8d, 0x1d, 0x3d, 0, 0, 0, // lea rbx, [data]
		0x8b, 0x03, // mov eax, [rbx]
		0x8b, 0x4b, 0x10, // mov ecx, [rbx+16]
		0x8b, 0x53, 0x18, // mov edx, [rbx+24]
		0x8b, 0x73, 0x20, // mov esi, [rbx+32]
		0x8b, 0x7b, 0x28, // mov edi, [rbx+40]
		0x8b, 0x6b, 0x30, // mov ebp, [rbx+48]
		0x8b, 0x5b, 0x08, // mov ebx, [rbx+8]
		0xcd, 0x80, // int 0x80
		0x48, 0x98, // cdqe
	}
	// probeReport is the same for both: write(1, &result, 8), exit_group(-result & 0xff).
	probeReport = []byte{
		0x50,                // push rax
		0xbf, 0x01, 0, 0, 0, // mov edi, 1
		0x48, 0x89, 0xe6, // mov rsi, rsp
		0xba, 0x08, 0, 0, 0, // mov edx, 8
		0xb8, 0x01, 0, 0, 0, // mov eax, write
		0x0f, 0x05, // syscall
		0x5f,       // pop rdi
		0xf7, 0xdf, // neg edi
		0x40, 0x0f, 0xb6, 0xff, // movzx edi, dil
		0xb8, 0xe7, 0, 0, 0, // mov eax, exit_group
		0x0f, 0x05, // syscall
		0x0f, 0x0b, // ud2
	}
	probeARM64 = [...]uint32{
		0x10000254,                         // adr x20, data
		0xf9400288,                         // ldr x8, [x20]
		0xa9408680, 0xa9418e82, 0xa9429684, // ldp x0, x1, [x20, #8] and so on, to x5
		0xd4000001,             // svc #0
		0xf81f0fe0,             // str x0, [sp, #-16]!
		0x910003e1,             // mov x1, sp
		0xb24003e0, 0xb27d03e2, // mov x0, #1; mov x2, #8
		0xb27a03e8, 0xd4000001, // mov x8, #write; svc #0
		0xf94003e0, 0xcb0003e0, 0x92401c00, // ldr x0, [sp]; neg x0, x0; and x0, x0, #0xff
		0xd2800bc8, 0xd4000001, // mov x8, #exit_group; svc #0
		0, // an instruction that is none
	}
)

func words32(words []uint32) []byte {
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

// elfHead is the header of an executable whose one segment is the whole file; elf(5).
func elfHead(b ABI, size int) []byte {
	const base, head = 0x400000, 64 + 56
	machine := uint16(62) // EM_X86_64
	if b == ABIARM64 {
		machine = 183 // EM_AARCH64
	}
	le := binary.LittleEndian
	h := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9)...)
	h = le.AppendUint16(h, 2) // ET_EXEC
	h = le.AppendUint16(h, machine)
	h = le.AppendUint32(h, 1)
	for _, v := range []uint64{base + head, 64, 0} { // entry, program headers, no sections
		h = le.AppendUint64(h, v)
	}
	h = le.AppendUint32(h, 0)
	for _, v := range []uint16{64, 56, 1, 64, 0, 0} {
		h = le.AppendUint16(h, v)
	}
	h = le.AppendUint32(h, 1) // PT_LOAD
	h = le.AppendUint32(h, 5) // readable and executable
	for _, v := range []uint64{0, base, base, uint64(head + size), uint64(head + size), 0x1000} {
		h = le.AppendUint64(h, v)
	}
	return h
}
