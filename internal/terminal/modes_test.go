package terminal

import (
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The caller's settings come back, however the launcher ends.
func TestCallersTerminalIsRestored(t *testing.T) {
	tests := []struct {
		name, role string
		args       []string
		signal     syscall.Signal
		want       func(syscall.WaitStatus) bool
	}{
		{"program ends", "launcher", []string{"sh", "-c", "echo ready; read x"}, 0, exits(0)},
		{"panic", "panic", []string{"sh", "-c", "echo ready; read x"}, 0, exits(2)},
		{"panic in the relay", "panic-elsewhere", []string{"sh", "-c", "echo ready; read x"}, syscall.SIGTERM, exits(2)},
		{"SIGTERM", "launcher", []string{"sh", "-c", "echo ready; read x"}, syscall.SIGTERM, dies(syscall.SIGTERM)},
		{"SIGHUP", "launcher", []string{"sh", "-c", "echo ready; read x"}, syscall.SIGHUP, dies(syscall.SIGHUP)},
		{"SIGINT", "launcher", []string{"sh", "-c", "echo ready; read x"}, syscall.SIGINT, dies(syscall.SIGINT)},
		{"SIGQUIT", "launcher", []string{"sh", "-c", "echo ready; read x"}, syscall.SIGQUIT, exits(2)},
		{"SIGTERM handled", "handler", []string{"sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"}, syscall.SIGTERM, exits(7)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := odd(t)
			d := launchOn(t, before, test.role, test.args...)
			d.expect("ready")
			d.awaitRaw(true)
			if test.signal != 0 {
				_ = d.process.Signal(test.signal)
			} else {
				d.keys("\r")
			}
			if status := d.exit().Sys().(syscall.WaitStatus); !test.want(status) {
				t.Errorf("wait status %#x; the screen: %q", status, d.screen())
			}
			if after := d.modes(); after != *before {
				t.Errorf("settings before: %+v\nafter: %+v", *before, after)
			}
		})
	}
}

func exits(code int) func(syscall.WaitStatus) bool {
	return func(s syscall.WaitStatus) bool { return s.Exited() && s.ExitStatus() == code }
}

func dies(sig syscall.Signal) func(syscall.WaitStatus) bool {
	return func(s syscall.WaitStatus) bool { return s.Signaled() && s.Signal() == sig }
}

// odd are settings nobody would restore by chance.
func odd(t *testing.T) *unix.Termios {
	t.Helper()
	master, program := openPTY()
	defer master.Close()
	defer program.Close()
	m, err := unix.IoctlGetTermios(descriptor(master), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	m.Cc[unix.VERASE] = 'H' - '@'
	m.Cc[unix.VINTR] = 'B' - '@'
	m.Cc[unix.VMIN] = 3
	m.Iflag |= unix.IUTF8 | unix.IXANY
	m.Lflag &^= unix.ECHOCTL
	return m
}

// launchOn is launch on a terminal with settings m.
func launchOn(t *testing.T, m *unix.Termios, role string, args ...string) *desk {
	t.Helper()
	d := sit(t, []string{roleVariable + "=" + role}, append([]string{"sh", "-c", `read go; exec "$@"`, "sh", self(t)}, args...)...)
	if err := unix.IoctlSetTermios(descriptor(d.master), unix.TCSETS, m); err != nil {
		t.Fatal(err)
	}
	d.keys("\r")
	return d
}

// nohup's SIGHUP stays ignored.
func TestIgnoredSignalsStayIgnored(t *testing.T) {
	d := sit(t, []string{roleVariable + "=launcher"}, "sh", "-c", `trap "" HUP; exec "$@"`, "sh", self(t), "sh", "-c", "echo ready; read x; exit 3")
	d.expect("ready")
	d.awaitRaw(true)
	_ = d.process.Signal(syscall.SIGHUP)
	d.never("anything")
	if !d.raw() {
		t.Error("the relay has given up")
	}
	d.keys("\r")
	if code := d.exit().ExitCode(); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
}

func TestProgramGetsSizeAndCharacters(t *testing.T) {
	d := launchOn(t, odd(t), "launcher", "sh", "-c", "stty -a; stty size; echo end")
	d.expect("end")
	d.exit()
	for _, want := range []string{"40 100", "erase = ^H", "intr = ^B", "min = 1;", "iutf8", "-ixany", "isig icanon", "echoctl"} {
		if !contains(d.screen(), want) {
			t.Errorf("no %q in %q", want, d.screen())
		}
	}
}

func TestSizeIsFollowed(t *testing.T) {
	d := launch(t, "launcher", "sh", "-c", `trap 'stty size' WINCH; echo ready; while :; do sleep 0.02; done`)
	d.expect("ready")
	for _, s := range []Size{{120, 50}, {33, 7}, {500, 300}} {
		d.resize(s.Columns, s.Rows)
		d.expect(sprint(s))
	}
}

func TestSizeWithoutATerminal(t *testing.T) {
	out, _ := run(t, "launcher", nil, "stty", "size")
	if out != "24 80\r\n" {
		t.Errorf("size is %q", out)
	}
}

func TestSilentStdinLeavesTheTerminalAlone(t *testing.T) {
	d := launch(t, "silent", "sh", "-c", "echo ready; sleep 0.2; exit 4")
	d.expect("ready")
	if d.raw() {
		t.Error("raw mode although nothing is read")
	}
	if code := d.exit().ExitCode(); code != 4 {
		t.Errorf("exit code %d, want 4", code)
	}
}

func TestTypedAheadIsKept(t *testing.T) {
	d := sit(t, []string{roleVariable + "=launcher"}, "sh", "-c", `echo wait; sleep 0.3; exec "$@"`, "sh", self(t), "sh", "-c", `read x; echo "got $x"`)
	d.expect("wait")
	d.keys("early\r")
	d.expect("got early")
	d.exit()
}
