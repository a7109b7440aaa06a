package launch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

// initFile puts an init program where it can be executed.
func initFile(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(boxtest.TempDir(t), "init")
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInit(t *testing.T) {
	testInit(t, initFile(t, thisInit(t)), "")
}

// The code runs wherever it is: it is a copy of a piece of our own text.
func TestInitIsIndependentOfItsPosition(t *testing.T) {
	for _, base := range []uint64{0x10000, 0x7000000, 0x123450000000} {
		p := pidOne{Init: initFile(t, rebased(thisInit(t), base)), Program: "exit 7"}
		if status, _, _ := p.start(t).ends(); status.ExitStatus() != 7 {
			t.Errorf("at %#x: status %#x", base, status)
		}
	}
}

// testInit is all that is asked of an init program; via runs those of other machines.
func testInit(t *testing.T, file, via string) {
	for name, test := range map[string]func(*testing.T, pidOne){
		"reports the exit":          initReportsExits,
		"reports the signal":        initReportsSignals,
		"reaps orphans":             initReaps,
		"ends with the program":     initEnds,
		"forwards signals":          initForwards,
		"ignores signals of inside": initIgnores,
		"counts full directories":   initCountsFull,
		"is small":                  initIsSmall,
		"has a group of its own":    initLeavesGroup,
	} {
		t.Run(name, func(t *testing.T) { test(t, pidOne{Init: file, Via: via}) })
	}
}

func initReportsExits(t *testing.T, p pidOne) {
	for _, code := range []int{0, 7, 255} {
		p.Program = fmt.Sprintf("exit %d", code)
		if status, full, _ := p.start(t).ends(); !status.Exited() || status.ExitStatus() != code || full != 0 {
			t.Errorf("exit %d: status %#x, %d full", code, status, full)
		}
	}
}

func initReportsSignals(t *testing.T, p pidOne) {
	for _, signal := range []unix.Signal{unix.SIGKILL, unix.SIGTERM, unix.SIGABRT} {
		p.Program = fmt.Sprintf("ulimit -c 0; kill -%d $$; exit 3", signal)
		if status, _, _ := p.start(t).ends(); !status.Signaled() || status.Signal() != signal {
			t.Errorf("%v: status %#x", signal, status)
		}
	}
}

// A hundred orphans end at about the same time, when several ends are one signal.
func initReaps(t *testing.T, p pidOne) {
	long := min(boxtest.Patience(500*time.Millisecond), 4*time.Second) // than all of them take to start
	p.Program = fmt.Sprintf("i=0; while [ $i -lt 100 ]; do (sleep %.1f &); i=$((i+1)); done; echo all; read x; exit 3", long.Seconds())
	r := p.start(t)
	r.line()
	if n := len(r.children()); n < 20 {
		t.Errorf("init has adopted only %d: this does not test it", n)
	}
	r.until("only the program is left", func() bool { return len(r.children()) == 1 })
	if status, _, _ := r.ends(); status.ExitStatus() != 3 {
		t.Errorf("status %#x", status)
	}
}

// With its process 1 a pid namespace ends, and everything in it.
func initEnds(t *testing.T, p pidOne) {
	p.Program = "sleep 60 & exit 0"
	if status, _, _ := p.start(t).ends(); status.ExitStatus() != 0 { // which waits until nobody has the output open
		t.Errorf("status %#x", status)
	}
}

func initForwards(t *testing.T, p pidOne) {
	p.Program = `for s in HUP INT QUIT USR1 USR2 WINCH; do trap "echo $s" $s; done; trap "echo TERM; exit 9" TERM
		echo ready; while :; do sleep 0.02; done`
	r := p.start(t)
	r.line()
	r.untilInit()
	for _, s := range []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH, unix.SIGTERM} {
		if err := unix.Kill(r.cmd.Process.Pid, s); err != nil {
			t.Fatal(err)
		}
		if got, want := r.line(), strings.TrimPrefix(unix.SignalName(s), "SIG"); got != want {
			t.Errorf("%s arrived as %q", want, got)
		}
	}
	if status, _, _ := r.ends(); status.ExitStatus() != 9 {
		t.Errorf("status %#x", status)
	}
}

// A key such as Ctrl-C signals the whole process group of the launcher, which
// forwards the signal: init would forward it a second time.
func initLeavesGroup(t *testing.T, p pidOne) {
	p.Program = "echo ready; read x"
	r := p.start(t)
	r.line()
	r.untilInit()
	if group, err := unix.Getpgid(r.cmd.Process.Pid); err != nil || group != r.cmd.Process.Pid {
		t.Errorf("process 1 is %d, its group %d (%v); ours is %d", r.cmd.Process.Pid, group, err, unix.Getpgrp())
	}
	r.ends()
}

// comm is the name of process 1.
func (r *running) comm() string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", r.cmd.Process.Pid))
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// untilInit waits until process 1 runs the code of init, which names itself first.
func (r *running) untilInit() {
	r.t.Helper()
	r.until("process 1 is called bulkhead-init", func() bool { return r.comm() == "bulkhead-init" })
}

// The program may not use init to signal itself or, worse, end it.
func initIgnores(t *testing.T, p pidOne) {
	p.Program = `trap "echo got" TERM HUP USR1; echo ready; read x
		kill -TERM 1 && kill -HUP 1 && kill -USR1 1 && kill -KILL 1 && kill -STOP 1 || echo "not allowed"
		sleep 0.3; echo end; exit 4`
	r := p.start(t)
	r.line()
	r.untilInit()
	if status, _, output := r.ends(); output != "end\n" || status.ExitStatus() != 4 {
		t.Errorf("output %q, status %#x", output, status)
	}
}

func initCountsFull(t *testing.T, p pidOne) {
	p.Dir = boxtest.TempDir(t)
	p.Mounts = map[string]string{
		"room": "size=1M,nr_inodes=100", "bytes": "size=64k", "files": "size=1M,nr_inodes=10", "uncapped": "size=0,nr_inodes=0",
	}
	p.Fill = []string{"bytes", "files"}
	for name := range p.Mounts {
		if err := os.Mkdir(filepath.Join(p.Dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.Program = "exit 5"
	for _, test := range []struct {
		watched string
		full    int
	}{{"", 0}, {"room", 0}, {"uncapped room", 0}, {"bytes", 1}, {"files", 1}, {"none bytes room files", 2}, {"bytes bytes bytes", 3}} {
		p.Watched = nil
		for name := range strings.FieldsSeq(test.watched) {
			p.Watched = append(p.Watched, filepath.Join(p.Dir, name))
		}
		if status, full, _ := p.start(t).ends(); full != test.full || status.ExitStatus() != 5 {
			t.Errorf("of %q %d are full, want %d; status %#x", test.watched, full, test.full, status)
		}
	}
}

// What stays in memory for each sandbox is next to nothing, and ps shows what it is.
func initIsSmall(t *testing.T, p pidOne) {
	p.Program = "echo ready; read x"
	r := p.start(t)
	r.line()
	r.untilInit()
	if p.Via == "" {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", r.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		var total, resident int
		if _, err := fmt.Sscan(string(text), &total, &resident); err != nil || resident*os.Getpagesize() > 64<<10 {
			t.Errorf("%d pages resident, %v", resident, err)
		}
	}
	r.ends()
}
