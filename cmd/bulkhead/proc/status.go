package proc

import (
	"strconv"
	"strings"
)

// Status is proc_pid_status(5), in the numbers of whoever reads it.
type Status struct {
	// Name is at most 15 bytes that the program chose, with \n and \\ escaped by the kernel.
	Name string
	// State is one letter; Z is a process that has ended and is not reaped.
	State          string
	Parent, Tracer int
	// UIDs and GIDs are real, effective, saved and file-system ids.
	UIDs, GIDs, Groups []string
	// Numbers are its pid from this pid namespace inwards.
	Numbers []int
	// Effective and Bounding are capability masks.
	Effective, Bounding uint64
	NoNewPrivs          bool
	// Seccomp is 0 off, 1 strict, 2 filter.
	Seccomp int
	// Filters is how many there are, -1 where the kernel does not tell.
	Filters int
	// Kernel is a thread of the kernel.
	Kernel bool
}

// Zombie reports whether it has ended, and only its parent's wait is missing.
func (s *Status) Zombie() bool { return s.State == "Z" || s.State == "X" }

// Status reads one.
func (f FS) Status(pid int) (*Status, error) {
	text, err := f.read(pid, "status", mostRead)
	if err != nil {
		return nil, err
	}
	s := ParseStatus(string(text))
	s.Kernel = s.Kernel || pid == 2 || s.Parent == 2 && len(s.Numbers) == 1 && !f.hasImage(pid)
	return s, nil
}

// hasImage reports whether there is an address space behind the process.
func (f FS) hasImage(pid int) bool {
	text, err := f.read(pid, "statm", mostListed)
	return err != nil || !strings.HasPrefix(string(text), "0 ")
}

// ParseStatus takes what it knows and leaves the rest.
//
// FACT - since 5.9 (c818c03b661c) - Seccomp_filters in proc_pid_status(5) - it is shown as it is - below only the mode is known, and the number is -1.
func ParseStatus(text string) *Status {
	s := &Status{Filters: -1}
	for line := range strings.SplitSeq(text, "\n") {
		name, value, _ := strings.Cut(line, ":")
		s.set(name, strings.TrimSpace(value))
	}
	if s.Seccomp != 2 && s.Filters < 0 {
		s.Filters = 0
	}
	return s
}

func (s *Status) set(name, value string) {
	switch name {
	case "Name":
		s.Name = value
	case "State":
		s.State, _, _ = strings.Cut(value, " ")
	case "PPid":
		s.Parent, _ = strconv.Atoi(value)
	case "TracerPid":
		s.Tracer, _ = strconv.Atoi(value)
	case "Uid":
		s.UIDs = strings.Fields(value)
	case "Gid":
		s.GIDs = strings.Fields(value)
	case "Groups":
		s.Groups = strings.Fields(value)
	case "NSpid":
		s.Numbers = integers(value)
	case "Kthread":
		s.Kernel = value == "1"
	default:
		s.setRights(name, value)
	}
}

func (s *Status) setRights(name, value string) {
	switch name {
	case "CapEff":
		s.Effective, _ = strconv.ParseUint(value, 16, 64)
	case "CapBnd":
		s.Bounding, _ = strconv.ParseUint(value, 16, 64)
	case "NoNewPrivs":
		s.NoNewPrivs = value == "1"
	case "Seccomp":
		s.Seccomp, _ = strconv.Atoi(value)
	case "Seccomp_filters":
		if n, err := strconv.Atoi(value); err == nil {
			s.Filters = n
		}
	}
}

func integers(text string) []int {
	var list []int
	for word := range strings.FieldsSeq(text) {
		if n, err := strconv.Atoi(word); err == nil {
			list = append(list, n)
		}
	}
	return list
}
