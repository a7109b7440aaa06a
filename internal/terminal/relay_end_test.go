package terminal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Bug row 22: large output cut at the end.
func TestNothingIsLostAtTheEnd(t *testing.T) {
	for i := range 50 {
		out, exit := run(t, "launcher", nil, "sh", "-c", "stty -opost; head -c 500000 /dev/zero")
		if len(out) != 500000 || exit != 0 {
			t.Fatalf("run %d: %d bytes of 500000, exit code %d", i, len(out), exit)
		}
	}
}

func TestProgramComesBackThroughDevTTY(t *testing.T) {
	out, exit := run(t, "launcher", nil, "sh", "-c", "exec </dev/null >/dev/null 2>&1; sleep 0.2; echo back >/dev/tty")
	if out != "back\r\n" || exit != 0 {
		t.Errorf("exit code %d, output %q", exit, out)
	}
}

func TestDrainDoesNotWaitForOthers(t *testing.T) {
	for _, script := range []string{
		`trap "" HUP; sleep 60 & echo $!`,
		`trap "" HUP; yes noise & echo $!`,
	} {
		start := time.Now()
		out, exit := run(t, "launcher", nil, "sh", "-c", script)
		if exit != 0 || !strings.Contains(out, "\r\n") {
			t.Errorf("exit code %d, output %.100q", exit, out)
		}
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("waited %v for a process left behind", took)
		}
		killNumber(t, out)
	}
}

func TestDrainEndsUnderAFlood(t *testing.T) {
	master, program := openPTY()
	r, w := pipes(t)
	relay, err := Start(master, nil, w)
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	defer program.Close()
	var flood sync.WaitGroup
	for range 8 {
		flood.Go(func() {
			for err := error(nil); err == nil; { // until the relay hangs up
				_, err = unix.Write(descriptor(program), make([]byte, 4096))
			}
		})
	}
	awaitFull(t, w)
	go readSlowly(r)
	start := time.Now()
	if err := within(t, "Drain", relay.Drain); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("drained for %v", took)
	}
	flood.Wait()
}

// killNumber ends the process left behind, whose number is on a line of out.
func killNumber(t *testing.T, out string) {
	t.Helper()
	for _, line := range strings.Split(out, "\r\n") {
		var pid int
		if n, _ := fmt.Sscanf(line, "%d", &pid); n == 1 && pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			return
		}
	}
	t.Errorf("no process number in %.100q", out)
}

// Bug row 9, with a terminal: the reader of our output leaves.
func TestBrokenStdoutHangsUp(t *testing.T) {
	r, w := pipes(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, self(t), "sh", "-c", "n=0; while [ $((n+=1)) -lt 9999999 ]; do echo y || exit; done")
	cmd.Env = append(os.Environ(), roleVariable+"=launcher")
	cmd.Stdout = w
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	r.Close()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 128+int(syscall.SIGHUP) {
		t.Errorf("exit code %d: the program did not end by SIGHUP", code)
	}
	if !strings.Contains(complaints.String(), "write stdout: broken pipe") {
		t.Errorf("complaints: %q", complaints.String())
	}
}

func TestStartFailures(t *testing.T) {
	r, w := pipes(t)
	if relay, err := Start(w, nil, w); err == nil {
		relay.Close()
		t.Error("a pipe passed for a pseudo-terminal")
	} else if !errors.Is(err, unix.ENOTTY) || !strings.Contains(err.Error(), "resize terminal") {
		t.Errorf("unexpected error: %v", err)
	}
	if _, err := r.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the master was not closed: %v", err)
	}
}

func TestUnreadableStdinIsReported(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	master, program := openPTY()
	relay, err := Start(master, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, func() { program.Close() })
	if err := relay.Wait(); !errors.Is(err, unix.EISDIR) {
		t.Errorf("error is %v, want EISDIR", err)
	}
	if err := relay.Close(); !errors.Is(err, unix.EISDIR) {
		t.Errorf("Close after Wait says %v", err)
	}
}

func TestCloseEndsABlockedRelay(t *testing.T) {
	master, program := openPTY()
	defer program.Close()
	in, _ := pipes(t)
	_, out := pipes(t)
	relay, err := Start(master, in, out)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = program.Write(make([]byte, 1<<20)) }() // more than the pipe holds
	time.Sleep(20 * time.Millisecond)
	done := make(chan error, 1)
	go func() { done <- relay.Close() }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("Close does not return")
	}
}
