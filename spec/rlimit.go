package spec

// rlimits is indexed by the kernel's number; include/uapi/asm-generic/resource.h (amd64 and arm64).
var rlimits = []string{
	"cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile",
	"memlock", "as", "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime",
}

// RlimitNumber is the kernel's number of the resource limit "nofile", "memlock" and so on, and whether it is known.
func RlimitNumber(name string) (int, bool) {
	for i, known := range rlimits {
		if known == name {
			return i, true
		}
	}
	return 0, false
}

// Rlimits lists the names of all resource limits, in the order of the kernel's numbers.
func Rlimits() []string { return append([]string(nil), rlimits...) }
