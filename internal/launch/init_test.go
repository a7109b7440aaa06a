package launch

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

// The init program is one loadable piece of code and nothing else: no loader, no relocation, nothing to write to.
func TestInitIsAnELFProgram(t *testing.T) { isAnELFProgram(t, initELF) }

func TestGuardIsAnELFProgram(t *testing.T) { isAnELFProgram(t, guardELF) }

func isAnELFProgram(t *testing.T, program func(uint16) ([]byte, error)) {
	t.Helper()
	for number, want := range map[uint16]elf.Machine{62: elf.EM_X86_64, 183: elf.EM_AARCH64} {
		text, err := program(number)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) >= 700 {
			t.Errorf("%d bytes", len(text))
		}
		f, err := elf.NewFile(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if f.Type != elf.ET_EXEC || f.Machine != want || f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB || len(f.Sections) != 0 || len(f.Progs) != 1 {
			t.Fatalf("%+v with %d sections and %d segments", f.FileHeader, len(f.Sections), len(f.Progs))
		}
		load := f.Progs[0]
		if load.Type != elf.PT_LOAD || load.Flags != elf.PF_R|elf.PF_X || load.Off != 0 || load.Filesz != uint64(len(text)) || load.Memsz != load.Filesz {
			t.Errorf("segment %+v", load.ProgHeader)
		}
		if f.Entry != load.Vaddr+64+56 || load.Vaddr%load.Align != 0 {
			t.Errorf("begins at %#x, segment at %#x", f.Entry, load.Vaddr)
		}
	}
}

func TestInitCodeEndsBeforeItsMark(t *testing.T) {
	for _, program := range []func() ([]byte, error){initCode, guardCode} {
		code, err := program()
		if err != nil {
			t.Fatal(err)
		}
		if len(code) < 100 || bytes.Contains(code, []byte("Ende")) {
			t.Errorf("%d bytes of code: %x", len(code), code)
		}
	}
}

// thisInit is the program of this machine.
func thisInit(t *testing.T) []byte {
	t.Helper()
	text, err := initELF(machine)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// rebased is the same program for another address: only the header knows where it is.
func rebased(text []byte, base uint64) []byte {
	moved := bytes.Clone(text)
	for _, at := range []int{24, 64 + 16, 64 + 24} { // e_entry, p_vaddr, p_paddr
		old := binary.LittleEndian.Uint64(moved[at:])
		binary.LittleEndian.PutUint64(moved[at:], old-0x400000+base)
	}
	return moved
}

// What runs as every sandbox's process 1 can be changed by nobody, and read by nobody without privilege.
func TestInitIsSealed(t *testing.T) {
	fd, err := initFD()
	if err != nil {
		t.Fatal(err)
	}
	seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
	if want := unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE; err != nil || seals&want != want {
		t.Errorf("seals %#x, %v", seals, err)
	}
	if _, err := unix.Pwrite(fd, []byte("x"), 0); err != unix.EPERM {
		t.Errorf("writing: %v", err)
	}
	if err := unix.Ftruncate(fd, 1); err != unix.EPERM {
		t.Errorf("truncating: %v", err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&0o777 != 0o111 {
		t.Errorf("mode %#o, %v", st.Mode, err)
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC == 0 || fd < innermost {
		t.Errorf("descriptor %d, flags %#x, %v", fd, flags, err)
	}
	again, err := initFD()
	if err != nil || again != fd {
		t.Errorf("asked again: %d, %v", again, err)
	}
	text := make([]byte, 4096)
	if n, err := unix.Pread(fd, text, 0); err != nil || !bytes.Equal(text[:n], thisInit(t)) {
		t.Errorf("%d bytes in the memfd, %v", n, err)
	}
}
