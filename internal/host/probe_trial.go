package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// trial is a short life: a child process that makes system calls in namespaces
// of its own, stops at the first that fails, and ends. Nothing that it makes
// outlives it, and a filter that kills whoever tries kills only the child.
type trial struct {
	flags uintptr
	// args makes the child by clone3 instead of clone.
	args []byte
	acts []*act
	keep [][]byte
}

// act is one system call of a trial. Its arguments are found when it is made:
// one of them may be the result of an earlier act.
type act struct {
	does   string
	nr     uintptr
	args   [6]*uintptr
	result uintptr
}

// Refusal says which act of a trial failed.
type Refusal struct {
	// Does is what the act was to do: "mount proc".
	Does string
	// Errno is why it failed, and Signal what ended the child instead.
	Errno  unix.Errno
	Signal unix.Signal
}

func (r *Refusal) Error() string {
	if r.Signal != 0 {
		return fmt.Sprintf("%s: killed by %s", r.Does, unix.SignalName(r.Signal))
	}
	name := unix.ErrnoName(r.Errno)
	if name == "" {
		name = "errno " + strconv.Itoa(int(r.Errno))
	}
	return fmt.Sprintf("%s: %s (%s)", r.Does, r.Errno, name)
}

// call adds a system call. Arguments are numbers, strings, structures, or earlier acts for their results.
func (t *trial) call(does string, nr uintptr, args ...any) *act {
	a := &act{does: does, nr: nr}
	for i := range a.args {
		a.args[i] = new(uintptr)
	}
	for i, arg := range args {
		a.args[i] = t.argument(arg)
	}
	t.acts = append(t.acts, a)
	return a
}

func (t *trial) argument(arg any) *uintptr {
	var word uintptr
	switch v := arg.(type) {
	case *act:
		return &v.result
	case int:
		word = uintptr(v)
	case string:
		word = t.place(append([]byte(v), 0))
	case []byte:
		word = t.place(v)
	}
	return &word
}

// place keeps bytes alive for the child and returns where they are.
func (t *trial) place(b []byte) uintptr {
	t.keep = append(t.keep, b)
	return addressOf(b)
}

// words is a structure of 64-bit words.
func words(w ...uint64) []byte {
	b := make([]byte, 0, 96)
	for _, x := range w {
		b = binary.NativeEndian.AppendUint64(b, x)
	}
	return b
}

// write adds the opening, writing and closing of a file.
func (t *trial) write(file, text string) {
	fd := t.call("open "+file, unix.SYS_OPENAT, unix.AT_FDCWD, file, unix.O_WRONLY|unix.O_CLOEXEC)
	t.call("write "+file, unix.SYS_WRITE, fd, []byte(text), len(text))
	t.call("close "+file, unix.SYS_CLOSE, fd)
}

// mapIDs adds the maps of the user namespace that the child is in. Its /proc
// files belong to it only while it is dumpable; prctl(2), PR_SET_DUMPABLE.
func (t *trial) mapIDs(uid, outerUID, gid, outerGID uint32) {
	t.call("become dumpable", unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1)
	t.write("/proc/self/setgroups", "deny")
	t.write("/proc/self/uid_map", fmt.Sprintf("%d %d 1\n", uid, outerUID))
	t.write("/proc/self/gid_map", fmt.Sprintf("%d %d 1\n", gid, outerGID))
}

// inside begins a trial in new namespaces, with the power that the builder of a sandbox has there.
func (s *System) inside(flags uintptr) *trial {
	t := &trial{flags: flags}
	if !s.Root {
		t.flags |= unix.CLONE_NEWUSER
		t.mapIDs(0, s.UID, 0, s.GID)
	}
	return t
}

// insideMounts is inside with a mount namespace that no mount leaves.
func (s *System) insideMounts(flags uintptr) *trial {
	t := s.inside(flags | unix.CLONE_NEWNS)
	t.call("make mounts private", unix.SYS_MOUNT, "none", "/", 0, unix.MS_REC|unix.MS_PRIVATE, 0)
	return t
}

// tmpfs adds an empty file system on top of "/" and goes there. Absolute paths
// still lead to the host's tree: the root directory is another matter.
func (t *trial) tmpfs() *act {
	fs := t.call("open a tmpfs", unix.SYS_FSOPEN, "tmpfs", unix.FSOPEN_CLOEXEC)
	t.call("create the tmpfs", unix.SYS_FSCONFIG, fs, unix.FSCONFIG_CMD_CREATE, 0, 0, 0)
	top := t.call("make a mount of the tmpfs", unix.SYS_FSMOUNT, fs, unix.FSMOUNT_CLOEXEC, 0)
	t.call("attach the tmpfs", unix.SYS_MOVE_MOUNT, top, "", unix.AT_FDCWD, "/", unix.MOVE_MOUNT_F_EMPTY_PATH)
	t.call("enter the tmpfs", unix.SYS_FCHDIR, top)
	return top
}

func (t *trial) mkdir(name string) {
	t.call("make a directory", unix.SYS_MKDIRAT, unix.AT_FDCWD, name, 0o755)
}

// try runs a trial and turns its end into an Answer.
func (s *System) try(t *trial, found string) Answer {
	_, err := s.run(t)
	return answer(err, found)
}

func answer(err error, found string) Answer {
	var r *Refusal
	switch {
	case err == nil:
		return yes(found)
	case errors.As(err, &r):
		return Answer{Outcome: No, Found: r.Error(), Refused: r}
	}
	return unclear(err.Error())
}
