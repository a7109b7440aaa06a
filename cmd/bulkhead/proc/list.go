package proc

import "strings"

// Entry is a process in a list.
type Entry struct {
	PID, Parent int
	// Numbers are its pid from this pid namespace inwards.
	Numbers []int
	// UID is its real user as seen from here.
	UID string
	// Words is its command line, cut; empty where it shows none.
	Words []string
	// Name is the kernel's for it.
	Name string
	// Namespaces are inode numbers as in "net:[4026531840]", by kind; those that may not be read are missing.
	Namespaces map[string]string
}

// List reads all processes that are shown, with their namespaces of these kinds.
func (f FS) List(kinds ...string) []Entry {
	var list []Entry
	for _, pid := range f.pids() {
		if e, ok := f.entry(pid, kinds); ok {
			list = append(list, e)
		}
	}
	return list
}

func (f FS) entry(pid int, kinds []string) (Entry, bool) {
	s, err := f.Status(pid)
	if err != nil {
		return Entry{}, false
	}
	e := Entry{PID: pid, Parent: s.Parent, Numbers: s.Numbers, Name: s.Name, Words: f.words(pid, mostListed), Namespaces: map[string]string{}}
	if len(s.UIDs) > 0 {
		e.UID = s.UIDs[0]
	}
	for _, kind := range kinds {
		if link, err := f.Namespace(pid, kind); err == nil {
			e.Namespaces[kind] = link
		}
	}
	return e, true
}

// Words is the command line, without what goes beyond 4 MiB. It is empty for
// threads of the kernel and for processes that have ended.
func (f FS) Words(pid int) []string { return f.words(pid, mostRead) }

func (f FS) words(pid, most int) []string {
	text, err := f.read(pid, "cmdline", most)
	if err != nil || len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}
