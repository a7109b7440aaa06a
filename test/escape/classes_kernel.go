package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

const filterWall = "the system-call filter answers before the kernel looks at it"

var terminalClasses = []class{
	{n: 1, name: "typing into the caller's terminal (TIOCSTI)", wall: "the filter refuses the request; the program's terminal is a session apart", act: "tiocsti", stage: withTerminal("plain")},
	{n: 2, name: "pasting into a console (TIOCLINUX)", wall: "no console in /dev, and the filter refuses the request", act: "tioclinux",
		absent: map[string]string{"ENOENT": "this machine has no virtual console", "ENXIO": "this machine has no virtual console", "ENOTTY": "its console is not a virtual one", "EIO": "its console is not a virtual one"}},
	{n: 3, name: "the same with bits above the 32nd", wall: "the filter compares the 32 bits that the kernel looks at", act: "tiocsti", stage: withTerminal("wide")},
}

// withTerminal makes a terminal the program's stdin.
func withTerminal(how string) func(*scene) error {
	return func(s *scene) error {
		s.args = []string{how}
		master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
		if err != nil {
			return err
		}
		s.atEnd(func() { master.Close() })
		n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
		if err == nil {
			err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
		}
		if err != nil {
			return err
		}
		s.stdin, err = os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|unix.O_NOCTTY, 0)
		if err == nil {
			s.atEnd(func() { s.stdin.Close() })
		}
		return err
	}
}

var callClasses = []class{
	{n: 4, name: "system calls by x32 numbers", wall: "the filter knows one table of numbers and refuses others", act: "x32", absent: map[string]string{"ENOSYS": "this kernel has no x32 calls"}},
	{n: 5, name: "system calls of a 32-bit program", wall: "the filter refuses other architectures", act: "i386", stage: with32Bit,
		absent: map[string]string{"ENOEXEC": "this kernel runs no 32-bit programs", "the program ended with SIGSEGV": "this kernel runs no 32-bit programs"}},
	{n: 6, name: "input and output by io_uring", wall: filterWall, act: "uring",
		absent: map[string]string{"ENOSYS": "this kernel has no io_uring", "EPERM": "this kernel has io_uring switched off"}},
	{n: 7, name: "calls that lists of forbidden ones miss", wall: "the filter is a list of what is allowed", act: "calls"},
	{n: 24, name: "release_agent of a cgroup", wall: "no namespaces, no mounts: the filter, and no capability", act: "release",
		absent: map[string]string{"in namespaces of its own: code 1": "this kernel mounts no hierarchy of version 1 that is in use", "in namespaces of its own: code 2": "it has none"}},
	{n: 25, name: "a user namespace, for its capabilities", wall: filterWall, act: "userns"},
	{n: 32, name: "sockets of no namespace (AF_VSOCK)", wall: "the filter allows the families of the Internet and AF_UNIX only", act: "socket",
		absent: map[string]string{"EAFNOSUPPORT": "this kernel has no AF_VSOCK"}},
	{n: 47, name: "setting the host's clock", wall: "no capability, and the filter", act: "clock"},
	{n: 59, name: "core dumps, whose handler the host runs", wall: "the hard limit of core files is 0", act: "core"},
	{n: 61, name: "every system call up to the newest and 64 more, odd arguments", wall: "the filter is a list of what is allowed; unknown numbers answer ENOSYS", act: "sweep", control: run("--seccomp", "none"),
		ours: "not tried: where the program has the rights of the host's root, some of these calls change the host"},
}

// with32Bit puts down a program that ends with 42 when the kernel answered its getpid.
func with32Bit(s *scene) error {
	path := filepath.Join(s.shared, "program32")
	s.args, s.binds = []string{path}, []bind{{src: s.shared}}
	return os.WriteFile(path, program32(), 0o755)
}

func program32() []byte {
	const base, header = 0x08048000, 52 + 32
	code := []byte{0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0x85, 0xc0, 0x7e, 12, 0xbb, 42, 0, 0, 0, 0xb8, 1, 0, 0, 0, 0xcd, 0x80, 0xf4}
	elf := append([]byte{0x7f, 'E', 'L', 'F', 1, 1, 1}, make([]byte, 9)...)
	for _, half := range []uint16{2, 3} { // an executable for i386; elf(5)
		elf = binary.LittleEndian.AppendUint16(elf, half)
	}
	for _, word := range []uint32{1, base + header, 52, 0, 0} {
		elf = binary.LittleEndian.AppendUint32(elf, word)
	}
	for _, half := range []uint16{52, 32, 1, 0, 0, 0} {
		elf = binary.LittleEndian.AppendUint16(elf, half)
	}
	size := uint32(header + len(code))
	for _, word := range []uint32{1, 0, base, base, size, size, 5, 4096} {
		elf = binary.LittleEndian.AppendUint32(elf, word)
	}
	return append(elf, code...)
}

var kernelFileClasses = []class{
	{n: 21, name: "core_pattern, by which the host runs a program", wall: "/proc/sys is read-only, and belongs to no id inside", act: "openwrite", stage: words("/proc/sys/kernel/core_pattern")},
	{n: 22, name: "switches of the kernel: sysrq, irq, modprobe", wall: "the same; what is left has an owner outside", act: "openwrite",
		stage: words("/proc/sysrq-trigger", "/proc/sys/kernel/modprobe", "/proc/irq/default_smp_affinity", "/proc/sys/vm/overcommit_memory", "/sys/kernel/uevent_helper", "/sys/kernel/mm/ksm/run")},
	{n: 23, name: "files that tell about the kernel", wall: "masked, not there, or readable by the host's root only", act: "readany",
		stage: words("/proc/kcore", "/proc/timer_list", "/dev/mem", "/dev/kmsg", "/proc/kmsg", "/sys/firmware/dmi/tables/DMI", "/sys/firmware/acpi/tables/DSDT", "/proc/kpagecount", "/sys/kernel/debug/sched/debug")},
}

func words(all ...string) func(*scene) error {
	return func(s *scene) error {
		s.args = all
		return nil
	}
}

var statusClasses = []class{
	{n: 49, name: "timing by the processor's counter", elsewhere: "side channels of the hardware are out of scope (SECURITY.md); --core-sched keeps strangers off the core"},
	{n: 53, name: "a set-user-ID front end as an oracle", wall: "there is none: bulkhead has only the caller's rights", act: "nothing", evidence: setUserID, stage: withFrontEnd},
	{n: 54, name: "joins that share too much: namespaces of the host", wall: "exec enters all of the sandbox's namespaces", act: "namespaces", stage: withNamespaces},
	{n: 55, name: "a wall that is missing in one mode", wall: "one plan for all modes: no_new_privs, a filter, no capability, an empty bounding set", act: "walls"},
}

func withNamespaces(s *scene) error {
	for _, kind := range []string{"user", "pid", "mnt", "net", "ipc", "uts", "cgroup"} {
		link, err := os.Readlink("/proc/self/ns/" + kind)
		if err != nil {
			return err
		}
		s.args = append(s.args, kind+"="+link)
	}
	return nil
}

// withFrontEnd takes a known one for the control.
func withFrontEnd(s *scene) error {
	if s.inside() {
		return nil
	}
	for _, known := range []string{"/usr/bin/su", "/bin/su", "/usr/bin/passwd", "/usr/bin/mount"} {
		if st, err := os.Stat(known); err == nil && st.Mode()&os.ModeSetuid != 0 {
			s.front = known
			return nil
		}
	}
	return lacking{"this machine has no set-user-ID program to compare with"}
}

func setUserID(s *scene, _ ended) string {
	front := s.front
	if s.inside() {
		front = s.mode.tool
	}
	var st syscall.Stat_t
	if err := syscall.Stat(front, &st); err != nil {
		return err.Error()
	}
	if st.Mode&(syscall.S_ISUID|syscall.S_ISGID) != 0 {
		return filepath.Base(front) + " is set-user-ID"
	}
	if n, err := syscall.Getxattr(front, "security.capability", nil); err == nil && n > 0 {
		return filepath.Base(front) + " has capabilities"
	}
	return ""
}
