package sandbox_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/sandbox"
)

func settings(t testing.TB, f *os.File) unix.Termios {
	t.Helper()
	got, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *got
}

func size(t testing.TB, f *os.File) unix.Winsize {
	t.Helper()
	got, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		t.Fatal(err)
	}
	return *got
}

// A program's terminal is like the caller's before the program runs. What the program
// then makes of it stays when it is attached to.
func TestTerminalIsPreparedBeforeTheStart(t *testing.T) {
	_, tty := terminal(t)
	callers := settings(t, tty)
	callers.Cc[unix.VINTR], callers.Lflag = 'x', callers.Lflag&^unix.ECHO
	if err := unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, &callers); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 31, Col: 101}); err != nil {
		t.Fatal(err)
	}
	s := box(t, command("sleep", "60"))
	s.Terminal = true
	b := start(t, s, sandbox.IO{Stdin: tty})
	added, err := b.StartExec(sandbox.ExecSpec{Command: []string{"sleep", "60"}, Terminal: true}, sandbox.IO{Stdin: tty})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = added.Signal(unix.SIGKILL); _, _ = added.Wait() })
	for name, program := range map[string]interface {
		Terminal() *os.File
		Attach(stdin, stdout *os.File, onSignal func(os.Signal)) (*sandbox.Attachment, error)
	}{"first": b, "added": added} {
		own := program.Terminal()
		now := settings(t, own)
		if now.Cc[unix.VINTR] != 'x' || now.Lflag&unix.ECHO == 0 || now.Lflag&unix.ICANON == 0 {
			t.Errorf("%s: before it is attached to: %+v", name, now)
		}
		if got := size(t, own); got.Row != 31 || got.Col != 101 {
			t.Errorf("%s: its size is %+v", name, got)
		}
		now.Cc[unix.VINTR] = 'y'
		if err := unix.IoctlSetTermios(int(own.Fd()), unix.TCSETS, &now); err != nil {
			t.Fatal(err)
		}
		attached, err := program.Attach(tty, nil, func(os.Signal) {})
		if err != nil {
			t.Fatal(err)
		}
		if got := settings(t, own); got.Cc[unix.VINTR] != 'y' {
			t.Errorf("%s: what the program had set is undone: %+v", name, got)
		}
		attached.Close()
	}
}

// Attached to another terminal than it was started with, it becomes like that one.
func TestAttachToAnotherTerminal(t *testing.T) {
	_, tty := terminal(t)
	callers := settings(t, tty)
	callers.Cc[unix.VINTR] = 'x'
	if err := unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, &callers); err != nil {
		t.Fatal(err)
	}
	s := box(t, command("sleep", "60"))
	s.Terminal = true
	b := start(t, s, sandbox.IO{})
	if got := size(t, b.Terminal()); got.Row != 24 || got.Col != 80 {
		t.Errorf("its size is %+v", got)
	}
	attached, err := b.Attach(tty, nil, func(os.Signal) {})
	if err != nil {
		t.Fatal(err)
	}
	defer attached.Close()
	if got := settings(t, b.Terminal()); got.Cc[unix.VINTR] != 'x' {
		t.Errorf("it is not like its caller's: %+v", got)
	}
}
