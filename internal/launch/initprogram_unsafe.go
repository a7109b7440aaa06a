package launch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

//lint:ignore U1000 it is copied, never called
func initText()
func initAddress() uintptr

//lint:ignore U1000 it is copied, never called
func guardText()
func guardAddress() uintptr

// endMark follows the code of initText and of guardText.
const endMark = "EndeheadEndehead"

func initCode() ([]byte, error)  { return codeAt(initAddress()) }
func guardCode() ([]byte, error) { return codeAt(guardAddress()) }

// codeAt returns a copy of the machine code from an address to the end mark.
func codeAt(address uintptr) ([]byte, error) {
	const most = 4096
	text := unsafe.Slice((*byte)(ptr(address)), most)
	size := bytes.Index(text, []byte(endMark))
	if size < 0 {
		return nil, errors.New("bug: the end of a program of ours was not found")
	}
	return bytes.Clone(text[:size]), nil
}

// initELF is the whole init program, guardELF the guardian.
func initELF(machine uint16) ([]byte, error)  { return programELF(machine, initCode) }
func guardELF(machine uint16) ([]byte, error) { return programELF(machine, guardCode) }

// programELF is an ELF header, one segment, the code.
func programELF(machine uint16, text func() ([]byte, error)) ([]byte, error) {
	code, err := text()
	if err != nil {
		return nil, err
	}
	const base, header = 0x400000, 64 + 56
	size := uint64(header + len(code))
	b := []byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	u16 := func(v ...uint16) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint16(b, x)
		}
	}
	u32 := func(v ...uint32) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, x)
		}
	}
	u64 := func(v ...uint64) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint64(b, x)
		}
	}
	u16(2, machine) // ET_EXEC
	u32(1)
	u64(base+header, 64, 0) // entry, program headers, no sections
	u32(0)
	u16(64, 56, 1, 0, 0, 0)
	u32(1, 5) // PT_LOAD, readable and executable
	u64(0, base, base, size, size, 4096)
	return append(b, code...), nil
}

var (
	initFD  = kept(func() (int, error) { return programFD("bulkhead-init", initELF) })
	guardFD = kept(func() (int, error) { return programFD("bulkhead-guard", guardELF) })
)

// programFD is a sealed memfd with a program.
//
// FACT — since 3.17 (memfd_create(2)), MFD_EXEC since 6.3 — a sealed memfd cannot
// be changed by anybody, so no sandbox can touch what the next one runs as its
// init (the way of CVE-2019-5736); it can be run but not read, see plan's hideInit. Below 6.3 memfds are executable without the flag.
func programFD(name string, program func(machine uint16) ([]byte, error)) (int, error) {
	elf, err := program(machine)
	if err != nil {
		return -1, err
	}
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate(name, flags|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate(name, flags)
	}
	if errors.Is(err, unix.EACCES) {
		return -1, noExecError()
	}
	if err != nil {
		return -1, &FDError{"memfd_create", err}
	}
	if err := seal(fd, elf); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return high(fd)
}

// noExecError is for a memfd that was refused because it is to be run.
//
// FACT — since 6.3 (commit 105ff5339f49) — vm.memfd_noexec=2 refuses MFD_EXEC with EACCES.
func noExecError() error {
	step := &plan.Step{Actor: plan.Launcher, Does: "make", Object: "the init program",
		Hints: []plan.Hint{{Errno: unix.EACCES, Text: "the kernel forbids executable memfds: set vm.memfd_noexec to 0 or 1"}}}
	return &StepError{step, &plan.Call{Name: "memfd_create"}, unix.EACCES}
}

// seal fills a memfd with a program, for ever.
func seal(fd int, elf []byte) error {
	if _, err := unix.Write(fd, elf); err != nil {
		return &FDError{"write memfd", err}
	}
	if err := unix.Fchmod(fd, 0o111); err != nil {
		return &FDError{"fchmod memfd", err}
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE); err != nil {
		return &FDError{"seal memfd", err}
	}
	return nil
}
