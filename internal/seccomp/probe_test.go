package seccomp

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestProbeReports runs probes without any filter.
func TestProbeReports(t *testing.T) {
	for _, c := range []struct {
		b      ABI
		call   string
		a      [6]uint64
		result int64
	}{
		{ABIAMD64, "getpgid", [6]uint64{1<<32 - 1}, -3},
		{ABIAMD64, "close", [6]uint64{999}, -9},
		{ABIAMD64, "umask", [6]uint64{0o22}, -1 << 62}, // whatever it is, no error
		{ABIAMD64, "mmap", [6]uint64{0, 4096, 1, 0x22, 1<<64 - 1, 1}, -22},
		{ABIARM64, "close", [6]uint64{999}, -9},
		{ABIARM64, "mmap", [6]uint64{0, 4096, 1, 0x22, 1<<64 - 1, 1}, -22},
	} {
		number, _ := c.b.number(c.call)
		result, ok := probed(t, c.b, Data{Number: number, Arguments: c.a})
		if ok && result != c.result && (c.result != -1<<62 || result < 0) {
			t.Errorf("%s on %s: %d, want %d", c.call, c.b, result, c.result)
		}
	}
}

// probed runs a probe; one of another machine only where an emulator is.
func probed(t *testing.T, b ABI, d Data) (int64, bool) {
	file := filepath.Join(t.TempDir(), "probe")
	if err := os.WriteFile(file, Probe(b, d), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), file)
	if b != Native().ABIs()[0] {
		emulator, err := exec.LookPath(map[ABI]string{ABIARM64: "qemu-aarch64-static", ABIAMD64: "qemu-x86_64-static"}[b])
		if err != nil {
			t.Logf("not tried on %s: %v", b, err)
			return 0, false
		}
		cmd = exec.CommandContext(t.Context(), emulator, file)
	}
	out, _ := cmd.Output() // the status is the error's number
	if len(out) != 8 || cmd.ProcessState.ExitCode() != int(uint8(-int64(binary.LittleEndian.Uint64(out)))) {
		t.Fatalf("the probe printed %d bytes and ended with %s", len(out), cmd.ProcessState)
	}
	return int64(binary.LittleEndian.Uint64(out)), true
}
