package sandbox

import (
	"encoding/binary"
	"io"
	"strings"
)

// loaderOf returns the interpreter that a 64-bit ELF program names, "" for none; elf(5).
// (debug/elf would do, but brings decompressors into a binary that has to start fast.)
func loaderOf(r io.ReaderAt) string {
	head := make([]byte, 64)
	if _, err := r.ReadAt(head, 0); err != nil || string(head[:5]) != "\x7fELF\x02" {
		return ""
	}
	le := binary.LittleEndian
	offset, size, count := le.Uint64(head[32:]), int64(le.Uint16(head[54:])), int64(le.Uint16(head[56:]))
	program := make([]byte, 56)
	for i := range count {
		if _, err := r.ReadAt(program, int64(offset)+i*size); err != nil {
			return ""
		}
		const interp = 3 // PT_INTERP
		if length := le.Uint64(program[32:]); le.Uint32(program) == interp && length <= 4096 {
			name := make([]byte, length)
			if _, err := r.ReadAt(name, int64(le.Uint64(program[8:]))); err != nil {
				return ""
			}
			return strings.TrimRight(string(name), "\x00")
		}
	}
	return ""
}
