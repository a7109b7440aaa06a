package main

import (
	"cmp"
	"strconv"
	"strings"
)

// rows are the confinement for people.
func (c *confinement) rows() [][]string {
	rows := [][]string{
		{c.Kind, numbers(c.Numbers)}, {"runs", shorten(c.Command)},
		{"user, group", first(c.UIDs) + ", " + first(c.GIDs) + "  (as seen from here; map: " + strings.Join(c.UIDMap, "; ") + ")"},
		{"groups", cmp.Or(strings.Join(c.Groups, ", "), "none")},
	}
	for _, group := range c.Cgroup {
		rows = append(rows, []string{"cgroup", group})
	}
	for i := range c.Namespaces {
		n := &c.Namespaces[i]
		rows = append(rows, []string{"namespace", n.Kind + " " + strconv.FormatUint(n.Inode, 10) + "  " + n.whose() + after("; ", n.company())})
	}
	rows = append(rows, c.rightsRows()...)
	if c.Reach != nil {
		rows = append(rows, c.Reach.rows()...)
	}
	for _, name := range []string{"memory_bytes", "pids", "cpu_quota_us", "open_files", "file_size_bytes"} {
		if n, ok := c.Limits[name]; ok {
			rows = append(rows, []string{"limit", strings.ReplaceAll(name, "_", " ") + " " + count(n)})
		}
	}
	return append(rows, c.verdictRows()...)
}

func (c *confinement) rightsRows() [][]string {
	filters := c.Seccomp
	if c.SeccompFilters > 0 {
		filters += ", " + strconv.Itoa(c.SeccompFilters) + " in a row"
	}
	return [][]string{
		{"capabilities", few(c.Capabilities)}, {"bounding set", few(c.Bounding)},
		{"no_new_privs", map[bool]string{true: "on", false: "off"}[c.NoNewPrivs]},
		{"seccomp", filters}, {"landlock", c.Landlock},
	}
}

// few is a list of capabilities, "all" of which would take three lines.
func few(list []string) string {
	switch n := len(list); {
	case n == 0:
		return "none"
	case n > 16:
		return strconv.Itoa(n) + ": " + some(list)
	}
	return strings.Join(list, ", ")
}

func (r *reach) rows() [][]string {
	rows := [][]string{
		{"executable", cmp.Or(r.Executable, "?")}, {"root", cmp.Or(r.Root, "?")}, {"directory", cmp.Or(r.Directory, "?")},
		{"mounts", strconv.Itoa(r.Mounts)},
		{"writable disks", cmp.Or(some(r.Writable), "none")}, {"host files", cmp.Or(some(r.HostFiles), "none")},
		{"set-user-ID on", cmp.Or(some(r.SetUID), "none")}, {"devices", cmp.Or(some(r.Devices), "none")},
	}
	for _, l := range r.Listening {
		if l.Own || len(r.Listening) <= 8 {
			rows = append(rows, []string{"listening", l.Protocol + " " + l.Address + " port " + strconv.Itoa(int(l.Port)) + map[bool]string{true: "  (its own)"}[l.Own]})
		}
	}
	for i, f := range r.Files {
		if i == 12 {
			rows = append(rows, []string{"open file", "and " + strconv.Itoa(len(r.Files)-i) + " more"})
			break
		}
		rows = append(rows, []string{"open file", strconv.Itoa(f.FD) + "  " + f.Name + f.marks()})
	}
	return append(rows, []string{"may signal", r.Signal.text()}, []string{"can be traced", r.Traceable + tracer(r.TracedBy)})
}

func tracer(pid int) string {
	if pid == 0 {
		return ""
	}
	return "; process " + strconv.Itoa(pid) + " does"
}

func (f *openFile) marks() string {
	marks := ""
	for _, m := range []struct {
		is   bool
		text string
	}{{f.Write, ", for writing"}, {f.Directory, ", a directory"}, {f.Outside, ", outside of its tree"}} {
		if m.is {
			marks += m.text
		}
	}
	return marks
}

func (s *signals) text() string {
	text := strconv.Itoa(s.Processes) + " other processes"
	if s.Processes > 0 && s.Processes <= 6 {
		text += ": " + numberList(s.With)
	}
	if s.Unknown > 0 {
		text += "; of " + strconv.Itoa(s.Unknown) + " it cannot be told"
	}
	return text
}

func (c *confinement) verdictRows() [][]string {
	var rows [][]string
	if len(c.Unread) > 0 {
		rows = append(rows, []string{"not readable", enumeration(c.Unread)}, []string{"", strangerHint(selfUID())})
	}
	rows = append(rows, []string{"compared with", "the profile " + c.Profile})
	for _, m := range c.Missing {
		rows = append(rows, []string{"missing wall", m.String()})
	}
	for _, u := range c.Unknown {
		rows = append(rows, []string{"unknown wall", u})
	}
	if len(c.Missing) == 0 && len(c.Unknown) == 0 && c.Kind == "process" {
		rows = append(rows, []string{"missing walls", "none"})
	}
	return rows
}

// strangerHint says how to look at a process that we may not look at.
func strangerHint(uid int) string {
	if uid == 0 {
		return "root may only with the capability SYS_PTRACE in that process's user namespace: try from outside of this container"
	}
	return "it is another user's process, or not dumpable: ask root, or use sudo"
}

// shorten cuts a command line that would fill the screen; --json has all of it.
func shorten(command string) string {
	const most = 400
	if len(command) <= most {
		return command
	}
	return strings.ToValidUTF8(command[:most], "") + " ... (" + strconv.Itoa(len(command)) + " bytes)"
}

func after(sign, text string) string {
	if text == "" {
		return ""
	}
	return sign + text
}

func first(list []string) string {
	if len(list) == 0 {
		return "?"
	}
	return list[0]
}
