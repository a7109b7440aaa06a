package launch

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

func init() { roles["print-init"] = printInit }

// printInit writes the init program of the machine that this test binary is for.
func printInit() int {
	text, err := initELF(machine)
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	if err != nil {
		return 1
	}
	return 0
}

// emulator runs programs of arm64, instruction by instruction; namespaces it
// does not know, so Start cannot be tested with it, but all that comes before can.
const emulator = "qemu-aarch64-static"

// Tests that make no process or namespace, and so run under the emulator.
const emulated = "^Test(RecordLayout|CallAndReportLayout|CloneArgsLayout|SystemCallNumbers|Number.*|Every.*Number|Compile.*|Arena.*|RunHere.*|InitIsAnELFProgram|GuardIsAnELFProgram|InitCode.*|Hint)$"

// arm64Binary is this test binary for arm64.
func arm64Binary(t *testing.T) string {
	t.Helper()
	boxtest.RequireProgram(t, "go", emulator)
	program := filepath.Join(boxtest.TempDir(t), "arm64.test")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return program
}

// On arm64 the code compiles to what it should, and its init does what ours does.
func TestARM64(t *testing.T) {
	if testing.Short() {
		t.Skip("builds this package once more, which takes a while: left out with -short")
	}
	program := arm64Binary(t)
	t.Run("compile", func(t *testing.T) {
		tests := exec.Command(emulator, program, "-test.v", "-test.run", emulated)
		tests.Env = append(os.Environ(), roleVar+"=emulated")
		text, err := tests.CombinedOutput()
		if err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		if passed := strings.Count(string(text), "--- PASS"); passed < 15 {
			t.Errorf("only %d tests passed:\n%s", passed, text)
		}
	})
	t.Run("init", func(t *testing.T) {
		print := exec.Command(emulator, program)
		print.Env = append(os.Environ(), roleVar+"=print-init")
		text, err := print.Output()
		if err != nil {
			t.Fatal(err)
		}
		via, err := exec.LookPath(emulator)
		if err != nil {
			t.Fatal(err)
		}
		testInit(t, initFile(t, text), via)
	})
}
