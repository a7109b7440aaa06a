package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long the screen may take to show something.
const patience = 20 * time.Second

// tty drives a real terminal, tmux's:
//
//	tty open COLUMNS ROWS   a shell with the prompt "outside$ "
//	tty type TEXT           and Enter
//	tty key KEY...          as tmux names them: C-c, C-z, C-d
//	tty resize COLUMNS ROWS
//	tty shows REGEXP        waits until the screen does; with ! it must not now
func tty(ts *testscript.TestScript, neg bool, args []string) {
	t := screen{ts, filepath.Join(ts.Getenv("WORK"), "tmux")}
	switch args[0] {
	case "open":
		t.open(args[1], args[2])
	case "type":
		t.tmux("send-keys", "-l", args[1])
		t.tmux("send-keys", "Enter")
	case "key":
		t.tmux(append([]string{"send-keys"}, args[1:]...)...)
	case "resize":
		t.tmux("resize-window", "-x", args[1], "-y", args[2])
	case "shows":
		t.shows(args[1], !neg)
	default:
		ts.Fatalf("tty %s: there is no such word", args[0])
	}
}

type screen struct {
	ts     *testscript.TestScript
	socket string
}

func (s screen) tmux(args ...string) string {
	cmd := exec.Command("tmux", append([]string{"-S", s.socket, "-f", "/dev/null"}, args...)...)
	cmd.Dir = s.ts.Getenv("WORK")
	cmd.Env = append(os.Environ(), "HOME="+s.ts.Getenv("HOME"), "XDG_RUNTIME_DIR="+s.ts.Getenv("XDG_RUNTIME_DIR"), "TERM=xterm")
	text, err := cmd.CombinedOutput()
	if err != nil {
		s.ts.Fatalf("tmux %q: %v: %s", args, err, text)
	}
	return string(text)
}

func (s screen) open(columns, rows string) {
	s.ts.Defer(func() { s.tmux("kill-server") })
	s.tmux("new-session", "-d", "-x", columns, "-y", rows, "exec env PS1='outside$ ' bash --norc --noprofile")
	s.shows(`outside\$`, true)
}

// shows looks again and again. Lines that tmux wrapped are joined.
func (s screen) shows(pattern string, wanted bool) {
	re := regexp.MustCompile("(?m)" + pattern)
	var text string
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		text = strings.TrimRight(s.tmux("capture-pane", "-p", "-J"), "\n ")
		if re.MatchString(text) == wanted {
			return
		}
		if !wanted || time.Now().After(deadline) {
			break
		}
	}
	s.ts.Fatalf("the screen shows %q: %v; it is:\n%s", pattern, !wanted, text)
}
