package proc

import (
	"os"

	"golang.org/x/sys/unix"
)

// Kinds are the names in /proc/PID/ns; namespaces(7).
var Kinds = []string{"user", "pid", "mnt", "net", "ipc", "uts", "cgroup", "time"}

// Namespace is the kernel's name for a process's namespace, as in "pid:[4026531836]".
func (f FS) Namespace(pid int, kind string) (string, error) {
	return os.Readlink(f.path(pid, "ns/"+kind))
}

// Above are the namespaces around that of the process, nearest first, as far as
// this process may see them; kind is pid or user.
//
// FACT - since 4.9 (a7306ed8d94a) - NS_GET_PARENT opens the namespace around one; what is not beneath the asker's is EPERM - numbers alone do not say which lies in which, parents do not either: setns moves children - every kernel we support has it.
func (f FS) Above(pid int, kind string) []string {
	fd, err := unix.Open(f.path(pid, "ns/"+kind), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	var list []string
	for {
		parent, err := unix.IoctlRetInt(fd, unix.NS_GET_PARENT)
		unix.Close(fd)
		if err != nil {
			return list
		}
		fd = parent
		link, err := os.Readlink(selfFD(fd))
		if err != nil {
			unix.Close(fd)
			return list
		}
		list = append(list, link)
	}
}
