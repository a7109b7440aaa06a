package terminal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func pipes(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := pipe("test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func makeProgramRaw(t *testing.T, tty *os.File) {
	t.Helper()
	m, err := unix.IoctlGetTermios(descriptor(tty), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	raw := makeRaw(*m)
	if err := unix.IoctlSetTermios(descriptor(tty), unix.TCSETS, &raw); err != nil {
		t.Fatal(err)
	}
}

func TestRelayIsByteExactBothWays(t *testing.T) {
	master, program := openPTY()
	makeProgramRaw(t, program)
	inRead, inWrite := pipes(t)
	outRead, outWrite := pipes(t)
	relay, err := Start(master, inRead, outWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()

	sent := noise(3 << 20)
	go func() { _, _ = inWrite.Write(sent) }()
	arrived := make([]byte, len(sent))
	if _, err := io.ReadFull(program, arrived); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(arrived, sent) {
		t.Error("bytes changed on the way to the program")
	}

	go func() {
		_, _ = program.Write(sent)
		program.Close()
	}()
	waited := make(chan error, 1)
	go func() {
		waited <- relay.Wait()
		outWrite.Close()
	}()
	shown, err := io.ReadAll(outRead)
	if err != nil {
		t.Fatal(err)
	}
	if sha256.Sum256(shown) != sha256.Sum256(sent) {
		t.Errorf("bytes changed on the way from the program: %d of %d", len(shown), len(sent))
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
}

// run plays role with stdin and returns what it printed and its exit code.
func run(t *testing.T, role string, stdin io.Reader, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, self(t), args...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, "GORACE=atexit_sleep_ms=0")
	cmd.Stdin = stdin
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if complaints.Len() > 0 {
		t.Errorf("%q complains: %s", args, complaints.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// Bug rows 21 and 66: a terminal although stdin is none, and its end passed on.
func TestStdinThatIsNoTerminal(t *testing.T) {
	tests := []struct {
		name, stdin string
		args        []string
		want        string
		exit        int
	}{
		{"nothing", "", []string{"true"}, "", 0},
		{"exit code", "", []string{"sh", "-c", "exit 23"}, "", 23},
		{"signal", "", []string{"sh", "-c", "kill -KILL $$"}, "", 137},
		{"reader", "", []string{"cat"}, "", 0},
		{"three readers", "", []string{"sh", "-c", "cat; cat; cat; echo end"}, "end\r\n", 0},
		{"line", "{}\n", []string{"cat"}, "{}\r\n{}\r\n", 0},
		{"no newline", "abc", []string{"cat"}, "abcabc", 0},
		{"late reader", "x\n", []string{"sh", "-c", "sleep 0.3; cat; cat"}, "x\r\nx\r\n", 0},
		{"line, then nothing", "one\n", []string{"sh", "-c", `read a; echo "[$a]"; read b || echo eof`}, "one\r\n[one]\r\neof\r\n", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdin io.Reader // /dev/null
			if test.stdin != "" {
				stdin = strings.NewReader(test.stdin)
			}
			out, exit := run(t, "launcher", stdin, test.args...)
			if exit != test.exit {
				t.Errorf("exit code %d, want %d; output %q", exit, test.exit, out)
			}
			if test.want != "" && out != test.want {
				t.Errorf("output %q, want %q", out, test.want)
			}
		})
	}
}

// A line editor starts with its terminal in line mode and then reads single
// characters: the VEOF given before must not be the only one.
func TestEOFReachesALineEditor(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		skip(t, "bash", "no bash here")
	}
	for _, stdin := range []string{"", "echo $((41+1))\n", "", "echo $((41+1))\n", "", "echo $((41+1))\n"} {
		var r io.Reader
		if stdin != "" {
			r = strings.NewReader(stdin)
		}
		out, exit := run(t, "launcher", r, "bash", "--norc", "--noprofile", "-i")
		if exit != 0 || !strings.Contains(out, "inner> ") {
			t.Errorf("stdin %q: exit code %d, output %q", stdin, exit, out)
		}
		if stdin != "" && !strings.Contains(out, "42") {
			t.Errorf("the command did not run: %q", out)
		}
	}
}

func TestLargeStdinThroughLineDiscipline(t *testing.T) {
	line := strings.Repeat("0123456789", 100) + "\n"
	want := strings.Repeat(line, 1000)
	file := filepath.Join(t.TempDir(), "got")
	// The program waits until its terminal's queue has to hold the input back.
	_, exit := run(t, "launcher", strings.NewReader(want), "sh", "-c", `sleep 0.3; cat >"$1"`, "sh", file)
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if exit != 0 || string(got) != want {
		t.Errorf("exit code %d, %d bytes of %d", exit, len(got), len(want))
	}
}

func TestConsumed(t *testing.T) {
	master, program := openPTY()
	defer master.Close()
	defer program.Close()
	in := &input{master: descriptor(master)}
	steps := []struct {
		write string
		read  int
		want  bool
	}{
		{"", 0, true},
		{"line\n", 0, false},
		{"", 5, true},
		{"half", 0, true}, // only VEOF makes it readable
		{"\x04", 0, false},
		{"", 4, true},
		{"\x04", 0, false}, // an end of file waits
	}
	for i, step := range steps {
		if _, err := master.WriteString(step.write); err != nil {
			t.Fatal(err)
		}
		if step.read > 0 {
			if n, err := program.Read(make([]byte, 100)); n != step.read || err != nil {
				t.Fatalf("step %d: read %d, %v", i, n, err)
			}
		}
		if got := in.consumed(); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
}

// Waiting costs no processor time.
func TestIdleCostsNothing(t *testing.T) {
	master, program := openPTY()
	defer program.Close()
	in, _ := pipes(t)
	_, out := pipes(t)
	relay, err := Start(master, in, out)
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	_, sink := pipes(t)
	_, limited := pipes(t)
	captured(t, Sinks{Stdout: sink, Stderr: newFile(t, 0)}, "exec sleep 60")
	captured(t, Sinks{Stdout: limited, Stderr: newFile(t, 0), Cap: 1}, "exec sleep 60")
	before := processorTime(t)
	time.Sleep(500 * time.Millisecond)
	if used := processorTime(t) - before; used > 100*time.Millisecond {
		t.Errorf("%v of processor time in 500 ms of waiting", used)
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestTerminalBuffersLess(t *testing.T) {
	master, program := openPTY()
	defer master.Close()
	defer program.Close()
	makeProgramRaw(t, program)
	if err := unix.SetNonblock(descriptor(program), true); err != nil {
		t.Fatal(err)
	}
	total := 0
	for {
		n, err := unix.Write(descriptor(program), make([]byte, 4096))
		if err == unix.EAGAIN {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	t.Logf("a terminal holds %d bytes", total)
	if total == 0 || total > drainMax {
		t.Errorf("a terminal holds %d bytes, we drain %d", total, drainMax)
	}
}
