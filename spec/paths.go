package spec

import (
	"path"
	"strings"
)

// Limits of the kernel on names; include/uapi/linux/limits.h. PATH_MAX counts the closing NUL.
const (
	longestPath = 4095
	longestName = 255
)

// isCleanPath reports whether p is absolute, without NUL, ".", ".." and double slashes.
func isCleanPath(p string) bool { return checkPath(p) == "" }

// checkPath says why p is no clean absolute path, or "".
func checkPath(p string) string {
	switch {
	case p == "":
		return "missing"
	case strings.IndexByte(p, 0) >= 0:
		return "contains a NUL byte"
	case p[0] != '/':
		return "not an absolute path"
	case path.Clean(p) != p:
		return "not a clean path"
	case len(p) > longestPath:
		return "longer than 4095 bytes"
	}
	return checkComponents(p)
}

func checkComponents(p string) string {
	for name := range strings.SplitSeq(p, "/") {
		if len(name) > longestName {
			return "has a name longer than 255 bytes"
		}
	}
	return ""
}

// isFileName reports whether name can name one file in a directory.
func isFileName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= longestName && !strings.ContainsAny(name, "/\x00")
}

// isDescriptor reports whether text is a descriptor that may be handed over: 0 to 2 are the program's own.
func isDescriptor(text string) bool {
	n, ok := smallNumber(text)
	return ok && n >= firstPassedFD
}

// firstPassedFD is the lowest descriptor that can be handed over.
const firstPassedFD = 3

// checkLabel says why name is no DNS label (RFC 1123), or "".
func checkLabel(name string) string {
	switch {
	case name == "":
		return "empty"
	case len(name) > 63:
		return "longer than 63 characters"
	case name[0] == '-' || name[len(name)-1] == '-':
		return "begins or ends with a hyphen"
	}
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return "holds something other than letters, digits and hyphens"
		}
	}
	return ""
}
