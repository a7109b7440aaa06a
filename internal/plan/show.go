package plan

import (
	"encoding/binary"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// shower names how an argument is shown; the texts are made only when somebody looks.
type shower uint8

const (
	asIs shower = iota
	asCloneFlags
	asMountFlags
	asAttrFlags
	asCloneArgs
	asMountAttr
	asRlimit
	asWinsize
	asCountOfInsns
)

// flag is a bit with its name.
type flag struct {
	bit  uint64
	name string
}

var cloneFlags = [...]flag{
	{unix.CLONE_VM, "CLONE_VM"}, {unix.CLONE_VFORK, "CLONE_VFORK"}, {unix.CLONE_FILES, "CLONE_FILES"}, {unix.CLONE_PARENT, "CLONE_PARENT"},
	{unix.CLONE_PARENT_SETTID, "CLONE_PARENT_SETTID"},
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

// text shows a number or the bytes of a structure.
func (s shower) text(n int64, b string) string {
	switch s {
	case asCloneFlags:
		return join(uint64(n), cloneFlags[:])
	case asMountFlags:
		return join(uint64(n), mountFlags[:])
	case asAttrFlags:
		return join(uint64(n), attrFlags[:])
	case asCloneArgs:
		return "{flags=" + join(word(b, 0), cloneFlags[:]) + "}"
	case asMountAttr:
		return "{set=" + join(word(b, 0), attrFlags[:]) + " clear=" + join(word(b, 1), attrFlags[:]) + "}"
	case asRlimit:
		return "{" + rlimText(word(b, 0)) + ", " + rlimText(word(b, 1)) + "}"
	case asWinsize:
		return "{" + itoa(int(word(b, 0)&0xffff)) + ", " + itoa(int(word(b, 0)>>16&0xffff)) + "}"
	case asCountOfInsns:
		return "{" + itoa(int(word(b, 0))) + " instructions}"
	}
	return strconv.FormatInt(n, 10)
}

// word is the i-th 64-bit word of a structure.
func word(b string, i int) uint64 { return binary.LittleEndian.Uint64([]byte(b[8*i : 8*i+8])) }

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
