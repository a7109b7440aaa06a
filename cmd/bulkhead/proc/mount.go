package proc

import (
	"slices"
	"strconv"
	"strings"
)

// Mount is a line of proc_pid_mountinfo(5).
type Mount struct {
	ID string `json:"-"`
	// Device is MAJOR:MINOR of the file system.
	Device string `json:"device"`
	// Root is the directory of the file system that shows, Target where.
	Root   string `json:"root"`
	Target string `json:"target"`
	Type   string `json:"type"`
	Source string `json:"source"`
	// Options are the mount's own, super those of the file system.
	Options []string `json:"options"`
	super   []string
}

// Writable reports whether neither the mount nor its file system is read-only.
func (m *Mount) Writable() bool {
	return !slices.Contains(m.Options, "ro") && !slices.Contains(m.super, "ro")
}

// SetUID reports whether set-user-ID files act on it.
func (m *Mount) SetUID() bool { return !slices.Contains(m.Options, "nosuid") }

// InMemory reports whether it is one that the kernel makes up: nothing of a disk.
func (m *Mount) InMemory() bool {
	return strings.HasPrefix(m.Device, "0:") && m.Type != "overlay" && m.Type != "btrfs" && m.Type != "nfs"
}

// Mounts are those that a process sees below its root.
func (f FS) Mounts(pid int) ([]Mount, error) {
	text, err := f.read(pid, "mountinfo", 4*mostRead)
	if err != nil {
		return nil, err
	}
	return ParseMounts(string(text)), nil
}

// ParseMounts skips lines that it does not understand.
func ParseMounts(text string) []Mount {
	var list []Mount
	for line := range strings.Lines(text) {
		own, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		a, b := strings.Split(own, " "), strings.Split(rest, " ")
		if !ok || len(a) < 6 || len(b) < 3 {
			continue
		}
		list = append(list, Mount{ID: a[0], Device: a[2], Root: unescape(a[3]), Target: unescape(a[4]), Options: strings.Split(a[5], ","),
			Type: b[0], Source: unescape(b[1]), super: strings.Split(b[2], ",")})
	}
	return list
}

// unescape turns \040 and the like back.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
