package main

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
)

// prefixes choose the constants that are arguments of system calls.
var prefixes = []string{
	"AF_", "SOCK_", "IPPROTO_", "NETLINK_", "CLONE_", "PR_", "S_I", "O_", "F_", "TIOC", "PTRACE_", "PROT_", "MAP_", "MADV_", "MFD_",
	"SECCOMP_", "KEYCTL_", "RLIMIT_", "CLOCK_", "MS_", "MNT_", "GRND_", "MSG_", "SOL_", "SO_", "MCL_", "MREMAP_", "SCHED_", "LINUX_REBOOT_", "SIG", "FS_IOC_", "SPLICE_F_", "UMOUNT_",
}

// extras are constants that golang.org/x/sys/unix lacks, on amd64, arm64 and i386.
var extras = map[string][3]uint64{
	"ADDR_NO_RANDOMIZE": same(0x0040000), // linux/personality.h
	"PER_LINUX":         same(0x0000),
	"PER_LINUX32":       same(0x0008),
	"UNAME26":           same(0x0020000),
	"__O_TMPFILE":       same(0o20000000), // asm-generic/fcntl.h: O_TMPFILE without the O_DIRECTORY bit
	"AT_FDCWD":          same(^uint64(99)),
	"SOCK_STREAM":       same(1), // linux/net.h
	"SOCK_DGRAM":        same(2),
	"SOCK_RAW":          same(3),
	"SYS_SOCKET":        same(1), // linux/net.h: calls of socketcall(2)
	"SYS_SOCKETPAIR":    same(8),
	// FACT - since ever (asm/fcntl.h) - C libraries define O_LARGEFILE as 0 where files are large anyway, the kernel
	// still has the bit - a condition means the kernel's bit - the same on all kernels.
	"O_LARGEFILE": {0o100000, 0o400000, 0o100000},
}

func same(v uint64) [3]uint64 { return [3]uint64{v, v, v} }

// constantTables writes the constants with their value on each ABI, and the errors.
func constantTables(dir string, files map[string][]byte) error {
	names, on := map[string]uint64{}, [3]map[string]uint64{}
	for i, arch := range []string{"amd64", "arm64", "386"} {
		all, err := constantsOf(filepath.Join(dir, "zerrors_linux.go"), filepath.Join(dir, "zerrors_linux_"+arch+".go"))
		if err != nil {
			return err
		}
		for name, v := range extras {
			all[name] = v[i]
		}
		maps.Copy(names, all)
		on[i] = all
	}
	var numbers, errors bytes.Buffer
	for _, name := range sortedKeys(names) {
		if errno, ok := strings.CutPrefix(name, errnoPrefix); ok {
			fmt.Fprintf(&errors, "{%q, %d},\n", errno, names[name])
		} else if isArgument(name) {
			fmt.Fprintf(&numbers, "{%q, %s},\n", name, literal(name, on))
		}
	}
	files["constants_table.go"] = []byte(header + "// constants are the names that conditions may use.\nvar constants = [...]constant{\n" + numbers.String() + "}\n")
	files["errnos_table.go"] = []byte(header + "// errnos are the errors that a rule may return.\nvar errnos = [...]errno{\n" + errors.String() + "}\n")
	return nil
}

// literal prints a constant's values and a bit for each ABI that lacks it.
func literal(name string, on [3]map[string]uint64) string {
	var values []string
	missing := 0
	for i, all := range on {
		v, ok := all[name]
		if !ok {
			missing |= 1 << i
		}
		values = append(values, fmt.Sprintf("%#x", v))
	}
	return fmt.Sprintf("perABI{%s}, %d", strings.Join(values, ", "), missing)
}

func isArgument(name string) bool {
	if _, ok := extras[name]; ok {
		return true
	}
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
