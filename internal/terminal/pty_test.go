package terminal

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const patience = 10 * time.Second

// openPTY makes a pseudo-terminal; both sides block.
func openPTY() (master, program *os.File) {
	m, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		panic(fmt.Sprintf("open /dev/ptmx: %v", err))
	}
	if err := unix.IoctlSetPointerInt(m, unix.TIOCSPTLCK, 0); err != nil {
		panic(fmt.Sprintf("unlock the pseudo-terminal: %v", err))
	}
	const flags = unix.O_RDWR | unix.O_NOCTTY | unix.O_CLOEXEC
	p, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(m), unix.TIOCGPTPEER, flags)
	if errno != 0 {
		panic(fmt.Sprintf("open the pseudo-terminal's other side: %v", errno))
	}
	return os.NewFile(uintptr(m), "ptmx"), os.NewFile(p, "pts")
}

// desk is somebody sitting at a terminal.
type desk struct {
	t       *testing.T
	master  *os.File
	tty     *os.File // the other side, kept open
	process *os.Process
	exited  chan *os.ProcessState

	mu   sync.Mutex
	seen bytes.Buffer
	at   int // what expect has consumed
}

// sit runs args on a fresh terminal. For roles of the test binary use launch.
func sit(t *testing.T, env []string, args ...string) *desk {
	t.Helper()
	master, tty := openPTY()
	d := &desk{t: t, master: master, tty: tty, exited: make(chan *os.ProcessState, 1)}
	d.resize(100, 40)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), append(env, "GORACE=atexit_sleep_ms=0", "TERM=dumb", "HISTFILE=", "LANG=C", "LC_ALL=C", "LAUNCH="+self(t))...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.process = cmd.Process
	go func() {
		_ = cmd.Wait()
		d.exited <- cmd.ProcessState
	}()
	go d.watch()
	t.Cleanup(d.leave)
	return d
}

// launch runs the test binary in role on a fresh terminal.
func launch(t *testing.T, role string, args ...string) *desk {
	t.Helper()
	return sit(t, []string{roleVariable + "=" + role}, append([]string{self(t)}, args...)...)
}

// shell runs an interactive shell whose prompt is "outer> "; in it `launch ROLE ARGS...` runs the test binary.
func shell(t *testing.T, name string) *desk {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		skip(t, name, "no "+name+" here")
	}
	args := []string{name, "-i"}
	if name == "bash" {
		args = []string{name, "--norc", "--noprofile", "--noediting", "-i"}
	}
	d := sit(t, []string{"PS1=outer> ", "ENV="}, args...)
	d.expect("outer> ")
	d.line(`launch() { r=$1; shift; ` + roleVariable + `=$r "$LAUNCH" "$@"; }`)
	d.expect("outer> ")
	return d
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// skip skips with a reason, or fails if BULKHEAD_MUST names the feature.
func skip(t *testing.T, feature, reason string) {
	t.Helper()
	for _, must := range strings.Split(os.Getenv("BULKHEAD_MUST"), ",") {
		if must == feature {
			t.Fatalf("BULKHEAD_MUST names %s: %s", feature, reason)
		}
	}
	t.Skip(reason)
}

func (d *desk) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := d.master.Read(buf)
		if err != nil {
			return
		}
		d.mu.Lock()
		d.seen.Write(buf[:n])
		d.mu.Unlock()
	}
}

func (d *desk) leave() {
	_ = d.process.Kill()
	d.tty.Close()
	d.master.Close()
}

func (d *desk) screen() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen.String()
}

// expect waits for text beyond what was expected before.
func (d *desk) expect(text string) {
	d.t.Helper()
	until(d.t, func() string { return fmt.Sprintf("%q did not appear; the screen: %q", text, d.screen()) }, func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		i := bytes.Index(d.seen.Bytes()[d.at:], []byte(text))
		if i >= 0 {
			d.at += i + len(text)
		}
		return i >= 0
	})
}

// never checks that text does not appear for a while.
func (d *desk) never(text string) {
	d.t.Helper()
	d.mu.Lock()
	from := d.at
	d.mu.Unlock()
	time.Sleep(300 * time.Millisecond)
	if strings.Contains(d.screen()[from:], text) {
		d.t.Fatalf("%q appeared; the screen: %q", text, d.screen())
	}
}

func (d *desk) keys(s string) {
	d.t.Helper()
	if _, err := d.master.WriteString(s); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) line(s string) {
	d.t.Helper()
	d.keys(s + "\r")
}

func (d *desk) resize(columns, rows uint16) {
	d.t.Helper()
	if err := Resize(d.master, Size{columns, rows}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) modes() unix.Termios {
	d.t.Helper()
	m, err := unix.IoctlGetTermios(descriptor(d.master), unix.TCGETS)
	if err != nil {
		d.t.Fatal(err)
	}
	return *m
}

func (d *desk) raw() bool { return d.modes().Lflag&(unix.ICANON|unix.ISIG|unix.ECHO) == 0 }

func (d *desk) awaitRaw(want bool) {
	d.t.Helper()
	until(d.t, func() string { return fmt.Sprintf("raw mode is never %v; the screen: %q", want, d.screen()) },
		func() bool { return d.raw() == want })
}

func (d *desk) exit() *os.ProcessState {
	d.t.Helper()
	select {
	case s := <-d.exited:
		return s
	case <-time.After(patience):
		d.t.Fatalf("still running; the screen: %q", d.screen())
		return nil
	}
}

func until(t *testing.T, complaint func() string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(complaint())
		}
	}
}
