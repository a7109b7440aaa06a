package spec

import "strings"

// capabilities is indexed by the kernel's number; capabilities(7), include/uapi/linux/capability.h.
var capabilities = []string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
	"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
	"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
	"CHECKPOINT_RESTORE",
}

// Number is the kernel's number of the capability, and whether it is known.
func (c Capability) Number() (int, bool) {
	for i, name := range capabilities {
		if name == string(c) {
			return i, true
		}
	}
	return 0, false
}

// Capabilities lists every capability, in the order of the kernel's numbers.
func Capabilities() []Capability {
	all := make([]Capability, len(capabilities))
	for i, name := range capabilities {
		all[i] = Capability(name)
	}
	return all
}

func (c Capability) check() error {
	if _, ok := c.Number(); ok {
		return nil
	}
	why := &FieldError{Path: "capability", Value: string(c), Why: "unknown"}
	if near := Nearest(strings.TrimPrefix(strings.ToUpper(string(c)), "CAP_"), capabilities); near != "" {
		why.Hint = "did you mean " + quote(near) + "?"
	} else {
		why.Hint = `names are as in capabilities(7) without "CAP_", such as "NET_BIND_SERVICE"`
	}
	return why
}
