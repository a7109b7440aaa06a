package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// detach leaves a program running: a copy of this program becomes its
// supervisor, in a session of its own, and tells us whether it started.
func detach(call *cli.Call, s *spec.Spec, options runOptions) (int, error) {
	if fd := options.JSONFD; fd != nil && *fd <= 2 {
		return 125, &cli.Error{Text: "run: --json-fd " + strconv.Itoa(*fd) + ": a detached program does not keep this command's standard streams",
			Hint: "name a file, as in --json-file result.json, or another descriptor, as in --json-fd 3 behind 3>result.json"}
	}
	if options.Explain {
		return 125, &cli.Error{Text: "run: --explain-exit: a detached program goes on when this command ends",
			Hint: "leave it out; 'bulkhead wait --json' tells how the program ended, and --json-file writes it to a file"}
	}
	if err := options.checkResult(); err != nil {
		return 125, err
	}
	answer, err := order(call, s, options)
	if err != nil {
		return finish(call, options, unstarted(err), err)
	}
	if err := answer.err(); err != nil {
		// The supervisor has written the Result.
		return answer.ExitCode, failure(call, habit(call.Line, s.Command[0], err))
	}
	options.reportDropped(call, answer.Dropped)
	options.say(call, "sandbox "+answer.Name+" runs; 'bulkhead logs "+answer.Name+"' shows what it prints, 'bulkhead wait --json "+answer.Name+"' how it ended and what it used")
	if err := call.Print(answer.Name + "\n"); err != nil {
		return 125, err
	}
	return 0, nil
}

// assignment is what a supervisor is told.
type assignment struct {
	Spec    *spec.Spec
	Options runOptions
}

// order starts a supervisor, and waits for its answer.
func order(call *cli.Call, s *spec.Spec, options runOptions) (*report, error) {
	if options.JSONFile != "" {
		path, err := filepath.Abs(options.JSONFile)
		if err != nil {
			return nil, supervisorError(err)
		}
		options.JSONFile = path
	}
	text, err := json.Marshal(assignment{s, options})
	if err != nil {
		return nil, supervisorError(err)
	}
	in, out, err := launchSupervisor(call, s, &options)
	if err != nil {
		return nil, supervisorError(err)
	}
	defer out.Close()
	_, err = in.Write(text)
	in.Close()
	var answer report
	// If it cannot be told anything, its answer says more than our error.
	if e := json.NewDecoder(out).Decode(&answer); e != nil {
		if e == io.EOF {
			e = errors.Join(errors.New("it ended without a word"), err)
		}
		return nil, supervisorError(e)
	}
	return &answer, nil
}

func supervisorError(err error) error {
	return &cli.Error{Text: "run: --detach: start the supervisor: " + err.Error(), Hint: "is there memory and a free process? ulimit -u", Err: err}
}

// launchSupervisor returns the pipe that it listens to and the one that it answers on.
func launchSupervisor(call *cli.Call, s *spec.Spec, options *runOptions) (in, out *os.File, err error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	defer theirOut.Close()
	files := supervisorFiles(theirIn, theirOut, call.In, s, options)
	p, err := os.StartProcess("/proc/self/exe", []string{call.Program.Name, supervisorWord, s.Name}, &os.ProcAttr{
		Files: files, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		in.Close()
		out.Close()
		return nil, nil, err
	}
	return in, out, p.Release()
}

// supervisorFiles are the descriptors that a supervisor gets: the pipes as 0
// and 1, what the program shall read as 2, and those that the line names under their own numbers.
func supervisorFiles(in, out, stdin *os.File, s *spec.Spec, options *runOptions) []*os.File {
	if !options.Interactive {
		stdin = nil
	}
	files := []*os.File{in, out, stdin}
	task := assignment{s, *options}
	for _, fd := range task.descriptors() {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC != 0 {
			continue // it is not the caller's: the supervisor finds it missing, and says so
		}
		for len(files) <= fd {
			files = append(files, nil)
		}
		files[fd] = os.NewFile(uintptr(fd), "passed")
	}
	return files
}

// descriptors are those that the line names and the supervisor therefore keeps.
func (t *assignment) descriptors() []int {
	named := slices.Clone(t.Spec.PassFDs)
	if fd := t.Options.JSONFD; fd != nil && *fd > 2 {
		named = append(named, *fd)
	}
	return named
}
