package plan

import (
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

// clone3 creates a process; only flags and exit signal of struct clone_args are set, and what fix puts in.
func clone3(flags, signal uint64, fix ...Fix) Call {
	args := data(words(flags, 0, 0, 0, signal, 0, 0, 0, 0, 0, 0), "", fix...)
	args.show = asCloneArgs
	return call("clone3", args, n(cloneArgsSize))
}

// setns enters namespaces.
func setns(fd Arg, kinds uint64) Call { return call("setns", fd, flags(kinds, asCloneFlags)) }

// mount is mount(2) with symbolic flags.
func mount(source, target, fstype string, set uint64, options string) Call {
	return call("mount", orNull(source), str(target), orNull(fstype), flags(set, asMountFlags), orNull(options))
}

// setAttr is mount_setattr(2) on a path relative to fd; the empty path means fd itself.
//
// FACT — since 5.12 (mount_setattr(2)) — flags change for a whole tree in one
// atomic call, where remounting needs one call a mount and races with new ones.
func setAttr(fd Arg, path string, recursive bool, set, clear uint64, fix ...Fix) Call {
	how := num(unix.AT_EMPTY_PATH, "AT_EMPTY_PATH")
	if recursive {
		how = num(unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, "AT_EMPTY_PATH|AT_RECURSIVE")
	}
	attr := data(words(set, clear, 0, 0), "", fix...)
	attr.show = asMountAttr
	return call("mount_setattr", fd, str(path), how, attr, n(unix.MOUNT_ATTR_SIZE_VER0))
}

func orNull(s string) Arg {
	if s == "" {
		return num(0, "NULL")
	}
	return str(s)
}

// open is openat(2) below dir.
func open(dir Arg, path string, flags int64, text string) Call {
	return call("openat", dir, str(path), num(flags|unix.O_CLOEXEC, text), n(0))
}

func closeFD(c Cell) Call { return call("close", cell(c)) }

// write puts a whole text into a file.
func write(fd Cell, text string) Call {
	return call("write", cell(fd), str(text), n(int64(len(text))))
}
