package sandbox

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/plan"
)

// files looks up which of the program's descriptors lead to files.
func (p *prepared) files(landlock int) error {
	fds := []int{p.run.Stdin, p.run.Stdout, p.run.Stderr}
	for _, fd := range p.run.Pass {
		fds = append(fds, fd)
	}
	slices.Sort(fds)
	found := make(map[int]plan.File, len(fds))
	var unsure []int // a memfd is a regular file, too, and a pipe a FIFO
	for _, fd := range slices.Compact(fds) {
		f, err := fileOf(fd)
		if err != nil {
			return err
		}
		switch f.Mode & unix.S_IFMT {
		case unix.S_IFREG, unix.S_IFIFO:
			unsure = append(unsure, fd)
			fallthrough
		case unix.S_IFDIR, unix.S_IFBLK, unix.S_IFCHR:
			found[fd] = f
			p.given = p.given || f.Holds()
		}
	}
	if landlock > 0 && p.needsNames() {
		named := host.Named(unsure)
		for _, fd := range unsure {
			if !slices.Contains(named, fd) {
				delete(found, fd)
			}
		}
		p.run.Files = found
	}
	return nil
}

// needsNames tells whether there may be a ruleset with these files in it.
func (p *prepared) needsNames() bool {
	return p.given || p.spec.Landlock.Mode != "off" || p.run.Guarded
}

func fileOf(fd int) (plan.File, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	if err != nil {
		return plan.File{}, passError(fd, err)
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return plan.File{}, passError(fd, err)
	}
	return plan.File{Mode: st.Mode, Flags: uint32(flags)}, nil
}
