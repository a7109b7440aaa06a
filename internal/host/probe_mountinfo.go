package host

import "strings"

// mounted is one line of a mountinfo file; proc_pid_mountinfo(5).
type mounted struct {
	root, point, kind, source string
	// options are the mount's own and the file system's, separated by commas.
	options string
}

// parseMounts reads a mountinfo file. Lines that are not complete are left out.
func parseMounts(text string) []mounted {
	var list []mounted
	for line := range strings.Lines(text) {
		place, fs, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		left, right := strings.Split(place, " "), strings.Split(fs, " ") // a name may hold other kinds of blank
		if !ok || len(left) < 6 || len(right) < 2 {
			continue
		}
		m := mounted{root: unescape(left[3]), point: unescape(left[4]), kind: right[0], source: unescape(right[1]), options: left[5]}
		if len(right) > 2 {
			m.options += "," + right[2]
		}
		list = append(list, m)
	}
	return list
}

// unescape undoes the kernel's octal escapes for blank, tab, newline and backslash.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// lastMount is the mount at a place: of several on top of each other, the last.
func lastMount(list []mounted, point string) (mounted, bool) {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].point == point {
			return list[i], true
		}
	}
	return mounted{}, false
}

// holding is the mount that a path is in.
func holding(list []mounted, p string) (best mounted) {
	for _, m := range list {
		rest, below := strings.CutPrefix(p, strings.TrimSuffix(m.point, "/"))
		if below && (rest == "" || rest[0] == '/') && len(m.point) >= len(best.point) {
			best = m
		}
	}
	return best
}

// option is the value of one option, and whether it is there.
func (m mounted) option(name string) (value string, found bool) {
	for o := range strings.SplitSeq(m.options, ",") {
		if key, v, _ := strings.Cut(o, "="); key == name {
			value, found = v, true
		}
	}
	return value, found
}

// masks are the mounts below /proc that hide a part of it.
//
// FACT — always (proc(5)) — binfmt_misc is made to be mounted on an empty
// directory of /proc — such a mount hides nothing, and the kernel does not count it.
func masks(list []mounted) []string {
	var hidden []string
	for _, m := range list {
		if strings.HasPrefix(m.point, "/proc/") && m.kind != "binfmt_misc" && m.kind != "autofs" {
			hidden = append(hidden, m.point)
		}
	}
	return hidden
}

// mounts reads our own mountinfo; it is empty where that cannot be read.
func (s *System) mounts() []mounted {
	text, _ := s.read("/proc/self/mountinfo")
	return parseMounts(text)
}
