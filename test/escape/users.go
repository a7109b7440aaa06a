package main

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// otherUser is whom root becomes for the second time.
const otherUser = 12345

// baseEnv, in the environment, is the directory that root has made for a driver which is an ordinary user.
const baseEnv = "BULKHEAD_ESCAPE_BASE"

// everyone runs the classes as the caller, and as an ordinary user when the caller is root.
func everyone(o options, chosen []class) (results, error) {
	e, clean, err := prepare(o)
	if err != nil {
		return nil, err
	}
	defer clean()
	others := make(chan found, 1)
	if os.Getenv(baseEnv) == "" && os.Geteuid() == 0 && !o.only {
		go func() { others <- e.asOther(o) }()
	} else {
		others <- found{}
	}
	mine := result{User: "root", Modes: names(e.modes)}
	if os.Geteuid() != 0 {
		mine.User = "user"
	}
	for i := range chosen {
		begun := time.Now()
		mine.Rows = append(mine.Rows, e.row(&chosen[i]))
		fmt.Fprintf(os.Stderr, "escape: as %s: %d %s: %.1fs\n", mine.User, chosen[i].n, chosen[i].name, time.Since(begun).Seconds())
	}
	other := <-others
	return append(results{mine}, other.results...), other.err
}

func names(modes []*mode) []string {
	var all []string
	for _, m := range modes {
		all = append(all, m.name)
	}
	return all
}

// place is a directory of the host that no sandbox covers with one of its own, if we may write there.
func place() string {
	if unix.Access("/srv", unix.W_OK) == nil {
		return "/srv"
	}
	return os.TempDir()
}

// prepare makes a place that everybody may enter, on a real file system, with copies of the programs.
func prepare(o options) (*engine, func(), error) {
	base := os.Getenv(baseEnv)
	clean := func() {}
	if base == "" {
		var err error
		if base, err = os.MkdirTemp(place(), "bulkhead-escape-"); err != nil {
			return nil, nil, err
		}
		clean = func() { removeAll(base) }
	}
	e, err := equipped(base, o)
	if err != nil {
		clean()
	}
	return e, clean, err
}

func equipped(base string, o options) (*engine, error) {
	e := &engine{base: base, tool: filepath.Join(base, "bulkhead"), program: filepath.Join(base, "escape")}
	if os.Getenv(baseEnv) == "" {
		if err := os.Chmod(base, 0o755); err != nil {
			return nil, err
		}
		if err := copyProgram(o.bulkhead, e.tool); err != nil {
			return nil, fmt.Errorf("%w\nhint: make build, or name the command with -bulkhead", err)
		}
		if err := hostileProgram(e.program); err != nil {
			return nil, err
		}
	}
	var wanted []string
	if o.modes != "" {
		wanted = strings.Split(o.modes, ",")
	}
	var err error
	e.modes, err = choose(modes(e.tool, e.program), wanted)
	return e, err
}

// hostileProgram puts this program there. Where it needs shared libraries, which not every sandbox has, it is built without.
func hostileProgram(to string) error {
	self, err := elf.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer self.Close()
	if !slices.ContainsFunc(self.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return copyProgram("/proc/self/exe", to)
	}
	cmd := exec.Command("go", "build", "-o", to, "github.com/bulkhead/bulkhead/test/escape")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the hostile program: %w: %s", err, text)
	}
	return nil
}

// found is what a driver that is another user says.
type found struct {
	results results
	err     error
}

// asOther runs this program again as an ordinary user, and reads what it found.
func (e *engine) asOther(o options) found {
	base, err := e.lend()
	if err != nil {
		return found{err: err}
	}
	defer removeAll(base)
	cmd := exec.Command(e.program, "-json", "-bulkhead", e.tool, "-modes", o.modes, "-classes", o.classes)
	cmd.Dir = "/"
	cmd.Env = []string{baseEnv + "=" + base, "PATH=" + os.Getenv("PATH"), "HOME=" + base + "/home", "XDG_RUNTIME_DIR=" + base + "/run", "USER=tester"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: otherUser, Gid: otherUser}, Pdeathsig: syscall.SIGKILL}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	failure := cmd.Run() // it fails when something escaped, too
	var r results
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return found{err: fmt.Errorf("as uid %d: %w", otherUser, errors.Join(failure, err))}
	}
	return found{results: r}
}

// lend makes the directory of an ordinary user, with what only root can make: a set-user-ID program.
func (e *engine) lend() (string, error) {
	base, err := os.MkdirTemp(place(), "bulkhead-escape-user-")
	if err != nil {
		return "", err
	}
	err = errors.Join(os.Chmod(base, 0o755), copyProgram(e.tool, base+"/bulkhead"), copyProgram(e.program, base+"/escape"),
		os.Mkdir(base+"/home", 0o700), os.Mkdir(base+"/run", 0o700), copyProgram(e.program, base+"/setid"), os.Chmod(base+"/setid", 0o755|os.ModeSetuid))
	for _, path := range []string{"", "/home", "/run", "/bulkhead", "/escape"} {
		err = errors.Join(err, os.Chown(base+path, otherUser, otherUser))
	}
	return base, err
}
