package terminal

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The whole way once, with a terminal emulator that we did not write.
func TestInTmux(t *testing.T) {
	if _, err := exec.LookPath("tmux"); err != nil {
		skip(t, "tmux", "no tmux here")
	}
	m := startTmux(t)
	m.keys(roleVariable+`=launcher "$LAUNCH" bash --norc --noprofile`, "Enter")
	m.shows("inner>")
	m.keys("stty size", "Enter")
	m.shows("24 80")
	m.command("resize-window", "-t", "it", "-x", "60", "-y", "20")
	m.keys("sh -c 'echo begun; exec sleep 1000'", "Enter")
	m.shows("begun")
	m.keys("C-c")
	m.keys("echo $?; stty size", "Enter")
	m.shows("130")
	m.shows("20 60")
	m.keys("clear; sh -c 'echo again; exec sleep 1001'", "Enter")
	m.shows("again")
	m.keys("C-z")
	m.shows("Stopped")
	m.keys("clear; kill -KILL %1; sleep 0.3", "Enter")
	m.shows("[1]+  Killed")
	m.keys("exit 5", "Enter")
	m.shows("outer>")
	m.keys("echo code $?", "Enter")
	m.shows("code 5")
	m.keys("stty -a | tr ' ;' '\\n\\n' | grep -x -e icanon -e echo | tr '\\n' +", "Enter")
	m.shows("icanon+echo+")
}

type tmux struct {
	t      *testing.T
	socket string
}

// startTmux starts a server of its own, with a plain shell in an 80x24 window.
func startTmux(t *testing.T) tmux {
	t.Helper()
	m := tmux{t, filepath.Join(t.TempDir(), "socket")}
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", m.socket, "kill-server").Run() })
	m.command("-f", "/dev/null", "new-session", "-d", "-s", "it", "-x", "80", "-y", "24",
		"env", "PS1=outer> ", "LAUNCH="+self(t), "bash", "--norc", "--noprofile")
	m.command("set-option", "-g", "window-size", "manual")
	m.shows("outer>")
	return m
}

func (m tmux) command(args ...string) string {
	m.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", m.socket}, args...)...)
	cmd.Env = append(os.Environ(), "TMUX=", "TERM=xterm", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

func (m tmux) keys(keys ...string) {
	m.t.Helper()
	m.command(append([]string{"send-keys", "-t", "it"}, keys...)...)
}

// shows waits until a line of the window begins with text.
func (m tmux) shows(text string) {
	m.t.Helper()
	screen := ""
	until(m.t, func() string { return text + " is not on the screen:\n" + screen }, func() bool {
		screen = m.command("capture-pane", "-p", "-t", "it")
		for _, line := range strings.Split(screen, "\n") {
			if strings.HasPrefix(line, text) || strings.Contains(line, text) && text == "Stopped" {
				return true
			}
		}
		return false
	})
}
