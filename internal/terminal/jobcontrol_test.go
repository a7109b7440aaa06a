package terminal

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// sprint is a size as stty prints it.
func sprint(s Size) string { return fmt.Sprintf("%d %d", s.Rows, s.Columns) }

func inShells(t *testing.T, test func(t *testing.T, d *desk)) {
	for _, name := range []string{"bash", "dash"} {
		t.Run(name, func(t *testing.T) { test(t, shell(t, name)) })
	}
}

func TestSignalKeysReachTheProgram(t *testing.T) {
	inShells(t, func(t *testing.T, d *desk) {
		d.line(`launch launcher sh -c 'trap "echo got INT" INT; trap "echo got QUIT" QUIT; trap "echo got TSTP" TSTP; echo rea""dy; while :; do sleep 0.02; done'`)
		d.expect("ready")
		d.awaitRaw(true)
		for key, want := range map[string]string{"\x03": "got INT", "\x1c": "got QUIT", "\x1a": "got TSTP"} {
			d.keys(key)
			d.expect(want)
		}
	})
}

// A job-control shell inside works as outside.
func TestJobControlInside(t *testing.T) {
	for _, inner := range []string{"bash --norc --noprofile --noediting -i", "dash -i"} {
		t.Run(strings.Fields(inner)[0], func(t *testing.T) {
			d := shell(t, "bash")
			d.line("launch launcher " + inner)
			d.expect("inner> ")
			d.line("sleep 1000")
			time.Sleep(100 * time.Millisecond)
			d.keys("\x1a")
			d.expect("Stopped")
			d.line("echo $((40+2))")
			d.expect("42")
			d.line("fg")
			d.expect("sleep 1000")
			time.Sleep(100 * time.Millisecond)
			d.keys("\x03")
			d.expect("inner> ")
			d.line("cat")
			d.keys("text\r\x04")
			d.expect("text\r\ntext")
			d.expect("inner> ")
			d.line("exit 9")
			d.expect("outer> ")
			d.line("echo code=$?")
			d.expect("code=9")
		})
	}
}

// launcherPID finds the launcher by the file its program writes its parent to.
func startCat(t *testing.T, d *desk, extra string) (launcher int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pid")
	d.line(`launch launcher sh -c 'echo $PPID >"` + file + `"; trap "stty size" WINCH; echo rea""dy; n=0; while [ $((n+=1)) -lt 20000 ]; do read x && echo "<$x>"; done' ` + extra)
	d.expect("ready")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	launcher, err = strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return launcher
}

func TestLauncherIsStoppedAndContinued(t *testing.T) {
	inShells(t, func(t *testing.T, d *desk) {
		before := d.modes()
		pid := startCat(t, d, "")
		d.awaitRaw(true)
		for round := range 3 {
			_ = syscall.Kill(pid, syscall.SIGTSTP)
			d.expect("Stopped")
			d.expect("outer> ")
			if got := d.modes(); got != before {
				t.Errorf("round %d: settings before %+v\nwhile stopped %+v", round, before, got)
			}
			size := Size{uint16(90 + round), 30}
			d.resize(size.Columns, size.Rows)
			d.line("fg")
			d.expect(sprint(size))
			d.awaitRaw(true)
			d.line("hello")
			d.expect("<hello>")
		}
		_ = syscall.Kill(pid, syscall.SIGTERM)
		d.expect("outer> ")
		if got := d.modes(); got != before {
			t.Errorf("settings before %+v\nafter %+v", before, got)
		}
	})
}

// SIGSTOP cannot be caught: the launcher finds its place again afterwards.
func TestLauncherSurvivesSIGSTOP(t *testing.T) {
	inShells(t, func(t *testing.T, d *desk) {
		before := d.modes()
		pid := startCat(t, d, "")
		d.awaitRaw(true)
		_ = syscall.Kill(pid, syscall.SIGSTOP)
		d.expect("Stopped")
		d.expect("outer> ")
		// dash leaves the terminal as it is; a line ends by \n then.
		d.keys("fg\n")
		d.expect("LAUNCH")
		d.awaitRaw(true)
		d.line("hello")
		d.expect("<hello>")
		_ = syscall.Kill(pid, syscall.SIGTERM)
		d.expect("outer> ")
		if got := d.modes(); got != before {
			t.Errorf("settings before %+v\nafter %+v", before, got)
		}
	})
}

// In the background it shows output, and leaves the keyboard and the settings to the shell.
func TestLauncherInTheBackground(t *testing.T) {
	inShells(t, func(t *testing.T, d *desk) {
		before := d.modes()
		startCat(t, d, "&")
		d.line("echo $((40+2))")
		d.expect("42")
		if got := d.modes(); got != before {
			t.Errorf("settings before %+v\nnow %+v", before, got)
		}
		d.line("jobs")
		d.expect("Running")
		d.line("fg")
		d.awaitRaw(true)
		d.line("hello")
		d.expect("<hello>")
	})
}

func TestLauncherIsSentToTheBackground(t *testing.T) {
	inShells(t, func(t *testing.T, d *desk) {
		pid := startCat(t, d, "")
		d.awaitRaw(true)
		_ = syscall.Kill(pid, syscall.SIGTSTP)
		d.expect("outer> ")
		before := d.modes()
		d.line("bg")
		d.expect("outer> ")
		d.line("echo $((40+2)); jobs")
		d.expect("42")
		d.expect("Running")
		if got := d.modes(); got != before {
			t.Errorf("settings before %+v\nin the background %+v", before, got)
		}
		d.line("kill %1; wait")
		d.line("echo $((40+3))")
		d.expect("43")
		if got := d.modes(); got != before {
			t.Errorf("settings before %+v\nafter its end %+v", before, got)
		}
	})
}

// stty tostop asks for background jobs that stop when they write.
func TestBackgroundHonoursTostop(t *testing.T) {
	d := shell(t, "bash")
	d.line("stty tostop")
	d.expect("outer> ")
	d.line("launch launcher sh -c 'echo lo\"\"ud; read x; echo end$x' &")
	d.never("loud")
	d.line("jobs")
	d.expect("Stopped")
	d.line("fg")
	d.expect("loud")
	d.line("ing")
	d.expect("ending")
}

// With no shell around that would continue us, SIGTSTP does nothing.
func TestOrphanedLauncherIsNotStopped(t *testing.T) {
	d := launch(t, "launcher", "sh", "-c", `n=0; while [ $((n+=1)) -lt 20000 ]; do read x && echo "<$x>"; done`)
	d.awaitRaw(true)
	_ = d.process.Signal(syscall.SIGTSTP)
	d.line("still")
	d.expect("<still>")
	d.awaitRaw(true)
}

// Bug row 19: after an interactive program, the script around goes on reading.
func TestForegroundComesBack(t *testing.T) {
	const script = `launch() { r=$1; shift; ` + roleVariable + `=$r "$LAUNCH" "$@"; }
		%s; echo rea""dy; read x || echo cannot read; echo "got $x"; sleep 0.1`
	// A job-control shell makes itself the foreground, and dies without giving that back.
	const rude = `bash --norc --noprofile --noediting -ic 'set -m; kill -KILL $$'`
	tests := []struct {
		name, command string
		want          string
	}{
		{"own terminal", "launch launcher bash --norc --noprofile -ic exit", "got it"},
		{"shared terminal", "launch share-foreground " + rude, "got it"},
		{"positive control", "launch lose-foreground " + rude, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := shell(t, "bash")
			file := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(file, fmt.Appendf(nil, script, test.command), 0o600); err != nil {
				t.Fatal(err)
			}
			d.line("bash " + file)
			d.expect("ready")
			d.line("it")
			if test.want == "" {
				d.never("got it")
				return
			}
			d.expect(test.want)
		})
	}
}
