package launch

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

// pidOne is a test of the init program, for a process that is process 1: it
// starts the program, as the builder does, and becomes init.
type pidOne struct {
	// Init is the file with the program, Via what runs it: nothing, or an emulator.
	Init, Via string
	// Program is a shell script.
	Program string
	// Mounts are tmpfs to make below Dir, with their options; Fill those to write to until they are full.
	Dir    string
	Mounts map[string]string
	Fill   []string
	// Watched are the directories that init is to look at.
	Watched []string
}

const pidOneVar = "BULKHEAD_TEST_PID1"

func init() { roles["pid1"] = becomePIDOne }

// becomePIDOne returns only if it fails.
func becomePIDOne() int {
	var p pidOne
	err := json.Unmarshal([]byte(os.Getenv(pidOneVar)), &p)
	if err == nil {
		err = p.become()
	}
	fmt.Fprintln(os.Stderr, "pid1:", err)
	return 99
}

func (p *pidOne) become() error {
	if os.Getpid() != 1 {
		return fmt.Errorf("process %d, not 1", os.Getpid())
	}
	if err := p.mount(); err != nil {
		return err
	}
	program, err := os.StartProcess("/bin/sh", []string{"sh", "-c", p.Program}, &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	all := unix.Sigset_t{}
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil); err != nil {
		return err
	}
	argv := append([]string{"bulkhead-init", string(rune('0' + program.Pid)), "test"}, p.Watched...)
	if p.Via == "" {
		return syscall.Exec(p.Init, argv, nil)
	}
	return syscall.Exec(p.Via, append([]string{p.Via, p.Init}, argv[1:]...), nil)
}

func (p *pidOne) mount() error {
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	for name, options := range p.Mounts {
		if err := unix.Mount("tmpfs", filepath.Join(p.Dir, name), "tmpfs", 0, options); err != nil {
			return err
		}
	}
	for _, name := range p.Fill {
		if err := fill(filepath.Join(p.Dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// fill makes files in a directory until nothing goes in any more, be it bytes or files.
func fill(dir string) error {
	for i := range 10000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), make([]byte, 4096), 0o600); err != nil {
			return nil
		}
	}
	return fmt.Errorf("%s never gets full", dir)
}

// running is an init with its program.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *os.File
	report *os.File
}

// start starts the process that becomes init, in namespaces of its own.
func (p *pidOne) start(t *testing.T) *running {
	t.Helper()
	boxtest.RequireUserns(t)
	config, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	reportEnd, theirs := pipe(t)
	out, theirOut := pipe(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVar+"=pid1", pidOneVar+"="+string(config))
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stdout, cmd.Stderr = theirOut, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = newNamespaces(unix.CLONE_NEWPID | unix.CLONE_NEWNS)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	theirOut.Close()
	r := &running{t, cmd, in, out, reportEnd}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return r
}

// newNamespaces are some, in a user namespace where the caller is root.
func newNamespaces(flags uintptr) *syscall.SysProcAttr {
	one := func(id int) []syscall.SysProcIDMap {
		return []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
	}
	return &syscall.SysProcAttr{Cloneflags: flags | unix.CLONE_NEWUSER, UidMappings: one(os.Getuid()), GidMappings: one(os.Getgid()), Pdeathsig: syscall.SIGKILL}
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

// line reads a line that the program prints.
func (r *running) line() string {
	r.t.Helper()
	if err := r.out.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		r.t.Fatal(err)
	}
	var text []byte
	for b := make([]byte, 1); ; {
		if _, err := r.out.Read(b); err != nil {
			r.t.Fatalf("after %q: %v", text, err)
		}
		if b[0] == '\n' {
			return string(text)
		}
		text = append(text, b[0])
	}
}

// ends waits for the report, which is all that comes, and for the end of init.
func (r *running) ends() (status unix.WaitStatus, full int, output string) {
	r.t.Helper()
	_ = r.in.Close()
	for _, f := range []*os.File{r.report, r.out} {
		if err := f.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			r.t.Fatal(err)
		}
	}
	report, err := io.ReadAll(r.report)
	if err != nil || len(report) != 8 {
		r.t.Fatalf("report %x, %v", report, err)
	}
	text, err := io.ReadAll(r.out)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.cmd.Wait(); err != nil {
		r.t.Errorf("init ends with %v", err)
	}
	return unix.WaitStatus(binary.NativeEndian.Uint32(report)), int(binary.NativeEndian.Uint32(report[4:])), string(text)
}

// children lists init's children, dead ones too.
func (r *running) children() []string {
	r.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", r.cmd.Process.Pid))
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// until waits for a condition.
func (r *running) until(what string, holds func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("20 s, and not yet: %s", what)
		}
	}
}
