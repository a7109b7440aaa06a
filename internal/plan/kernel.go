package plan

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Errno is an error number of the kernel.
type Errno = syscall.Errno

// Constants with the kernel's meaning, as plain integers for arguments.
const (
	cloneVM       uint64 = unix.CLONE_VM
	cloneVfork    uint64 = unix.CLONE_VFORK
	cloneFiles    uint64 = unix.CLONE_FILES
	sigchld       uint64 = uint64(unix.SIGCHLD)
	cloneArgsSize        = 88 // CLONE_ARGS_SIZE_VER2, Linux 5.7
	atFDCWD              = unix.AT_FDCWD
)

var cwd = num(atFDCWD, "AT_FDCWD")

// flag is a bit with its name.
type flag struct {
	bit  uint64
	name string
}

var cloneFlags = [...]flag{
	{unix.CLONE_VM, "CLONE_VM"}, {unix.CLONE_VFORK, "CLONE_VFORK"}, {unix.CLONE_FILES, "CLONE_FILES"}, {unix.CLONE_PARENT, "CLONE_PARENT"},
	{unix.CLONE_CLEAR_SIGHAND, "CLONE_CLEAR_SIGHAND"}, {unix.CLONE_PIDFD, "CLONE_PIDFD"},
	{unix.CLONE_INTO_CGROUP, "CLONE_INTO_CGROUP"}, {unix.CLONE_NEWUSER, "CLONE_NEWUSER"},
	{unix.CLONE_NEWPID, "CLONE_NEWPID"}, {unix.CLONE_NEWNS, "CLONE_NEWNS"}, {unix.CLONE_NEWNET, "CLONE_NEWNET"},
	{unix.CLONE_NEWIPC, "CLONE_NEWIPC"}, {unix.CLONE_NEWUTS, "CLONE_NEWUTS"},
	{unix.CLONE_NEWCGROUP, "CLONE_NEWCGROUP"}, {unix.CLONE_NEWTIME, "CLONE_NEWTIME"},
}

var mountFlags = [...]flag{
	{unix.MS_RDONLY, "MS_RDONLY"}, {unix.MS_NOSUID, "MS_NOSUID"}, {unix.MS_NODEV, "MS_NODEV"},
	{unix.MS_NOEXEC, "MS_NOEXEC"}, {unix.MS_BIND, "MS_BIND"}, {unix.MS_REC, "MS_REC"}, {unix.MS_PRIVATE, "MS_PRIVATE"},
}

var attrFlags = [...]flag{
	{unix.MOUNT_ATTR_RDONLY, "MOUNT_ATTR_RDONLY"}, {unix.MOUNT_ATTR_NOSUID, "MOUNT_ATTR_NOSUID"},
	{unix.MOUNT_ATTR_NODEV, "MOUNT_ATTR_NODEV"}, {unix.MOUNT_ATTR_NOEXEC, "MOUNT_ATTR_NOEXEC"},
	{unix.MOUNT_ATTR_IDMAP, "MOUNT_ATTR_IDMAP"},
}

// join shows the set bits by name.
func join(set uint64, flags []flag) string {
	var names []string
	for _, f := range flags {
		if set&f.bit != 0 {
			names = append(names, f.name)
		}
	}
	if len(names) == 0 {
		return "0"
	}
	return strings.Join(names, "|")
}

// cloneStruct is struct clone_args with only flags and exit signal set.
func cloneStruct(flags, signal uint64) []byte {
	return words(flags, 0, 0, 0, signal, 0, 0, 0, 0, 0, 0)
}

func cloneText(flags uint64) string { return "{flags=" + join(flags, cloneFlags[:]) + "}" }

// mount is mount(2) with symbolic flags.
func mount(source, target, fstype string, flags uint64, options string) Call {
	return call("mount", orNull(source), str(target), orNull(fstype), num(int64(flags), join(flags, mountFlags[:])), orNull(options))
}

// setAttr is mount_setattr(2) on a path relative to fd; the empty path means fd itself.
//
// FACT — since 5.12 (mount_setattr(2)) — flags change for a whole tree in one
// atomic call, where remounting needs one call a mount and races with new ones.
func setAttr(fd Arg, path string, recursive bool, set, clear uint64, fix ...Fix) Call {
	flags, text := uint64(0), "0"
	if path == "" {
		flags, text = unix.AT_EMPTY_PATH, "AT_EMPTY_PATH"
	}
	if recursive {
		flags, text = flags|unix.AT_RECURSIVE, text+"|AT_RECURSIVE"
	}
	show := "{set=" + join(set, attrFlags[:]) + " clear=" + join(clear, attrFlags[:]) + "}"
	return call("mount_setattr", fd, str(path), num(int64(flags), strings.TrimPrefix(text, "0|")),
		data(words(set, clear, 0, 0), show, fix...), n(unix.MOUNT_ATTR_SIZE_VER0))
}

func orNull(s string) Arg {
	if s == "" {
		return num(0, "NULL")
	}
	return str(s)
}

// open is openat(2) below dir.
func open(dir Arg, path string, flags int64, text string) Call {
	return call("openat", dir, str(path), num(flags|unix.O_CLOEXEC, text+"|O_CLOEXEC"), n(0))
}

func closeFD(c Cell) Call { return call("close", cell(c)) }

// write puts a whole text into a file.
func write(fd Cell, text string) Call {
	return call("write", cell(fd), str(text), n(int64(len(text))))
}
