package plan

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// session cuts the program off from the caller's terminal and keyring.
//
// FACT — always (ioctl_tty(2), TIOCSTI) — a process can push input only into its
// own controlling terminal: a new session has none, or the sandbox's own.
func (b *builder) session() {
	b.step("start", "a session", call("setsid"))
	if b.spec.Terminal {
		b.step("take", "the terminal", call("ioctl", n(0), num(unix.TIOCSCTTY, "TIOCSCTTY"), n(0)))
	}
	// ENOSYS: a kernel without keyrings has nothing to hide. EDQUOT: see keyrings(7).
	b.step("hide", "the caller's keyring",
		call("keyctl", num(unix.KEYCTL_JOIN_SESSION_KEYRING, "KEYCTL_JOIN_SESSION_KEYRING"), num(0, "NULL")).allow(unix.ENOSYS)).
		hint("this id has too many keyrings; see /proc/key-users", unix.EDQUOT)
}

// workdir goes to the directory that the program starts in.
func (b *builder) workdir() {
	dir := b.spec.Workdir
	b.step("enter directory", dir, call("chdir", str(dir))).
		hint("the working directory does not exist inside: make it with --dir or --tmpfs, bind it, or choose another with --workdir", unix.ENOENT).
		hint("the working directory is not a directory", unix.ENOTDIR).
		hint("the program's user may not enter the working directory", unix.EACCES)
}

// dispositions undoes what a launcher ignores.
//
// FACT — always (execve(2)) — ignored signals stay ignored across exec; and with
// SIGCHLD ignored the builder could not wait for its helpers.
func (b *builder) dispositions() {
	if len(b.run.Ignored) == 0 {
		return
	}
	var calls []Call
	for _, sig := range b.run.Ignored {
		calls = append(calls, call("rt_sigaction", n(int64(sig)), data(words(0, 0, 0, 0), "SIG_DFL"), num(0, "NULL"), n(8)))
	}
	b.step("reset", "ignored signals", calls...)
}

// signalMask unblocks the signals that were blocked while memory was shared.
func (b *builder) signalMask() {
	b.step("unblock", "signals", call("rt_sigprocmask", num(unix.SIG_SETMASK, "SIG_SETMASK"), data(words(0), "[]"), num(0, "NULL"), n(8)))
}

// startClock notes the moment from which the time limits count.
func (b *builder) startClock() {
	b.plan.Started = b.cell()
	b.cell() // a timespec takes four cells
	b.cell()
	b.cell()
	b.step("note", "the time", b.plan.getTime(cellAddress(b.plan.Started, "$start")))
}

// exec starts the command: by its path, or looked up as the shell would.
func (b *builder) exec() {
	command := b.spec.Command
	paths := candidates(command[0], b.run.Env)
	argv, envp := vec(command), vec(b.run.Env)
	argv.Text, envp.Text = "", fmt.Sprintf("[%d variables]", len(b.run.Env))
	calls := make([]Call, len(paths))
	for i, p := range paths {
		calls[i] = call("execve", str(p), argv, envp)
		if i < len(paths)-1 {
			calls[i] = calls[i].allow(unix.ENOENT, unix.ENOTDIR, unix.EACCES)
		}
	}
	b.step("run", command[0], calls...).Exec = true
}

// candidates are the paths that a command name may mean.
func candidates(name string, env []string) []string {
	if strings.Contains(name, "/") {
		return []string{name}
	}
	var paths []string
	for _, kv := range env {
		if dirs, ok := strings.CutPrefix(kv, "PATH="); ok {
			for dir := range strings.SplitSeq(dirs, ":") {
				paths = append(paths, path.Join(orDot(dir), name))
			}
		}
	}
	if len(paths) == 0 {
		return []string{"/usr/bin/" + name, "/bin/" + name}
	}
	return paths
}

func orDot(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

// mostHelpers is where programPID ends.
const mostHelpers = '~' - '2'
