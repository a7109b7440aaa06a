package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

// supervisorWord, as the first argument, makes this program the supervisor of a
// detached sandbox. It is no command of the table: nobody types it.
const supervisorWord = "supervise"

// isSupervisor asks for the pipes, too: they prove who calls.
func isSupervisor(args []string) bool {
	return len(args) == 3 && args[1] == supervisorWord && isPipe(0) && isPipe(1)
}

func isPipe(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFIFO
}

// supervise is the whole life of a supervisor: it starts the sandbox, tells its
// launcher so, and waits for the end, without a terminal, a standard stream or a place in the tree of directories.
func supervise() {
	_ = os.WriteFile("/proc/self/comm", []byte(program.Name), 0) // ours says exe; where it stays so, only ps is less clear
	task, stdin, out, err := takeAssignment()
	if err != nil {
		answer(out, refusal(err, 125))
		return
	}
	result, err := task.run(stdin, out)
	if err != nil {
		err = task.Options.inFlags(task.Spec, err)
		task.report(&result)
		answer(out, refusal(err, result.ExitCode))
	}
}

// takeAssignment reads what to do, and puts /dev/null in the place of the pipes.
func takeAssignment() (task assignment, stdin, out *os.File, err error) {
	text, err := io.ReadAll(os.Stdin)
	out = moved(1)
	if err == nil {
		err = json.Unmarshal(text, &task)
	}
	if err != nil {
		return task, nil, out, &cli.Error{Text: "read the assignment: " + err.Error(), Hint: "this is a bug in bulkhead: please report it", Err: err}
	}
	if task.Options.Interactive {
		stdin = moved(2)
	}
	closeOthers(task.descriptors())
	return task, stdin, out, silence()
}

// moved is a copy of a descriptor under another number, which programs do not inherit.
func moved(fd int) *os.File {
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil
	}
	return os.NewFile(uintptr(copied), "moved")
}

// closeOthers closes what the launcher happened to have open: somebody may wait
// for the end of a pipe. Our own descriptors are those that close on exec.
func closeOthers(named []int) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return // as if they were meant to be kept: no harm to the sandbox
	}
	for _, e := range entries {
		fd, _ := strconv.Atoi(e.Name())
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 && fd > 2 && !slices.Contains(named, fd) {
			unix.Close(fd)
		}
	}
}

// silence makes /dev/null of the three standard streams.
func silence() error {
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for fd := range 3 {
		if err := unix.Dup3(int(null.Fd()), fd, 0); err != nil {
			return err
		}
	}
	return nil
}

func (t *assignment) run(stdin, out *os.File) (sandbox.Result, error) {
	if err := t.Options.checkResult(); err != nil {
		return unstarted(err), err
	}
	io, err := t.Options.streams(cli.Stdio{In: stdin})
	if err != nil {
		return unstarted(err), err
	}
	defer io.close()
	io.Lasting = attend
	io.Started = func(box *sandbox.Sandbox) {
		answer(out, report{Name: box.Name(), Dropped: box.Dropped()})
		_ = os.Chdir("/") // the directory we were started in may be unmounted and removed
		debug.FreeOSMemory()
	}
	return sandbox.Supervise(context.Background(), t.Spec, io.IO, sandbox.Afterwards{Forget: t.Options.Remove, Ended: t.report})
}

// report writes the Result. That it can be written, the launcher has found out.
func (t *assignment) report(r *sandbox.Result) { _ = t.Options.writeResult(r) }
