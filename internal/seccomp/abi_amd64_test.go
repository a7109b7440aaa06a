package seccomp

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// program64 is a 64-bit ELF file that holds nothing but code.
func program64(code []byte) []byte {
	const base, headers = 0x400000, 64 + 56
	size := uint64(headers + len(code))
	var b bytes.Buffer
	write(&b, elf.Header64{
		Ident: ident(elf.ELFCLASS64), Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1,
		Entry: base + headers, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	})
	write(&b, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Align: 4096})
	return append(b.Bytes(), code...)
}

// program32 is the same for 32 bits.
func program32(code []byte) []byte {
	const base, headers = 0x08048000, 52 + 32
	size := uint32(headers + len(code))
	var b bytes.Buffer
	write(&b, elf.Header32{
		Ident: ident(elf.ELFCLASS32), Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_386), Version: 1,
		Entry: base + headers, Phoff: 52, Ehsize: 52, Phentsize: 32, Phnum: 1,
	})
	write(&b, elf.Prog32{Type: uint32(elf.PT_LOAD), Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Flags: uint32(elf.PF_R | elf.PF_X), Align: 4096})
	return append(b.Bytes(), code...)
}

func ident(class elf.Class) [elf.EI_NIDENT]byte {
	return [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(class), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
}

func write(b *bytes.Buffer, header any) {
	if err := binary.Write(b, binary.LittleEndian, header); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
}

// by64 makes an i386 call from a 64-bit program and exits with its error.
func by64(number, first uint32) []byte {
	return program64(join(
		0xb8, word(number), // mov eax, number
		0xbb, word(first), // mov ebx, first
		0x31, 0xc9, // xor ecx, ecx
		0x31, 0xd2, // xor edx, edx
		0xcd, 0x80, // int 0x80
		0x89, 0xc7, // mov edi, eax
		0xf7, 0xdf, // neg edi
		0xb8, word(60), // mov eax, exit
		0x0f, 0x05, // syscall
	))
}

// by32 makes the call from a 32-bit program.
func by32(number, first uint32) []byte {
	return program32(join(
		0xb8, word(number),
		0xbb, word(first),
		0x31, 0xc9,
		0x31, 0xd2,
		0xcd, 0x80,
		0x89, 0xc3, // mov ebx, eax
		0xf7, 0xdb, // neg ebx
		0xb8, word(1), // mov eax, exit
		0xcd, 0x80,
	))
}

func word(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func join(parts ...any) []byte {
	var code []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			code = append(code, byte(p))
		case []byte:
			code = append(code, p...)
		}
	}
	return code
}

// TestI386Entry covers bugs 96 and isolate 190 for real. Number 102 is socketcall on i386 and getuid on amd64, which every policy allows.
func TestI386Entry(t *testing.T) {
	needSeccomp(t)
	const socketcall, socket, connect, prctl, badPrctl = 102, 1, 3, 172, 0xffff
	permitted := compile(t, load(t, Options{}, []string{"abi i386 allow"}, Default), AMD64).Bytes()
	sockets := compile(t, load(t, Options{}, []string{"abi i386 allow", "allow socketcall"}, Default), AMD64).Bytes()
	denied := compile(t, load(t, Options{}, []string{"abi i386 errno ENOSYS"}, Default), AMD64).Bytes()
	refused, _ := Precompiled(Default, Options{}, AMD64)
	for _, c := range []struct {
		name   string
		binary []byte
		filter []byte
		// exit is the error that the call gave; killed by the filter where it is -1.
		exit int
	}{
		{"64-bit, no filter", by64(socketcall, connect), nil, int(syscall.EFAULT)},
		{"32-bit, no filter", by32(socketcall, connect), nil, int(syscall.EFAULT)},
		{"64-bit, default", by64(socketcall, connect), refused, -1},
		{"32-bit, default", by32(socketcall, connect), refused, -1},
		{"64-bit, errno", by64(socketcall, connect), denied, int(syscall.ENOSYS)},
		{"64-bit, same rules, connect", by64(socketcall, connect), permitted, int(syscall.EFAULT)},
		{"64-bit, same rules, socket of unseen domain", by64(socketcall, socket), permitted, int(syscall.EPROTONOSUPPORT)},
		{"32-bit, same rules, socket of unseen domain", by32(socketcall, socket), permitted, int(syscall.EPROTONOSUPPORT)},
		{"32-bit, socketcall allowed", by32(socketcall, socket), sockets, int(syscall.EFAULT)},
		{"32-bit, same rules, a call of another number", by32(prctl, badPrctl), permitted, int(syscall.EINVAL)},
	} {
		path := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(path, c.binary, 0o700); err != nil {
			t.Fatal(err)
		}
		err := helper(t, c.filter, "exec", path).Run()
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			t.Fatalf("%s: %v", c.name, err)
		}
		status := ended.Sys().(syscall.WaitStatus)
		if c.filter == nil && status.Signaled() || status.ExitStatus() == 126 {
			missing(t, "ia32", "this kernel runs no 32-bit calls: "+ended.Error())
		}
		switch killed := status.Signaled() && status.Signal() == syscall.SIGSYS; {
		case c.exit < 0 && !killed:
			t.Errorf("%s: %v, want SIGSYS", c.name, ended)
		case c.exit >= 0 && status.ExitStatus() != c.exit:
			t.Errorf("%s: %v, want the error %d", c.name, ended, c.exit)
		}
	}
}
