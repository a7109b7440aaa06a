package sandbox

import (
	"cmp"
	"errors"
	"os"
	"path"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// found is one name in a directory that is not as it is below.
type found struct {
	file
	name   string
	kind   ChangeKind
	alone  bool // nothing of what is below shows there
	unread string
}

// file is what is known of a name.
type file struct {
	exists  bool
	mounted bool
	mode    uint32
	size    int64
	device  [2]uint32
	changed unix.StatxTimestamp
}

func (f *file) dir() bool { return f.exists && f.mode&unix.S_IFMT == unix.S_IFDIR }

func (f *file) fileType() string {
	switch f.mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "directory"
	case unix.S_IFLNK:
		return "link"
	case unix.S_IFIFO:
		return "fifo"
	case unix.S_IFSOCK:
		return "socket"
	case unix.S_IFCHR, unix.S_IFBLK:
		return "device"
	}
	return "file"
}

func (c *comparison) run() error {
	list, err := c.read(".", false)
	if err != nil {
		return diffError(c.target, err, "")
	}
	return c.reportAll("", list)
}

// reportAll reports a directory's names, and what is in those that are directories.
// Only names are held meanwhile, no descriptors: a tree may be deep.
func (c *comparison) reportAll(dir string, list []found) error {
	for _, f := range list {
		p := path.Join(dir, f.name)
		var inside []found
		if f.dir() && f.kind != Deleted {
			var err error
			if inside, err = c.read(p, f.alone); err != nil {
				f.unread = err.Error()
			}
		}
		if err := c.report(p, f); err != nil {
			return err
		}
		if err := c.reportAll(p, inside); err != nil {
			return err
		}
	}
	return nil
}

// read compares the names of one directory. alone says that nothing of what is below shows there.
func (c *comparison) read(dir string, alone bool) ([]found, error) {
	above, err := openDir(int(c.above.Fd()), dir)
	if err != nil {
		return nil, err
	}
	defer above.Close()
	names, err := above.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	alone = alone || c.mark(int(above.Fd()), "opaque") == "y"
	below, hidden, err := c.under(dir)
	if err != nil {
		return nil, err
	}
	if below != nil {
		defer below.Close()
	}
	var list []found
	for _, name := range names {
		delete(hidden, name)
		if f, ok := c.compare(above, below, name); ok {
			f.alone = alone
			list = append(list, f)
		}
	}
	if c.shown || alone {
		list = append(list, deleted(below, hidden)...)
	}
	slices.SortFunc(list, func(a, b found) int { return cmp.Compare(a.name, b.name) })
	return list, c.moved(above)
}

// moved is the error for a directory that was renamed with what is below it.
//
// FACT — since 4.10 (overlayfs, redirect_dir) — where it is switched on, a layer only notes where the directory
// came from — what came along is said to be left out — without it such a rename is refused, and programs copy.
func (c *comparison) moved(dir *os.File) error {
	if c.shown {
		return nil
	}
	if n, err := unix.Fgetxattr(int(dir.Fd()), c.marks+"redirect", nil); err != nil || n == 0 {
		return nil
	}
	return errors.New("it was moved there as a whole; what came along unchanged is left out")
}

// under opens the directory below and lists its names; nil if there is none.
func (c *comparison) under(dir string) (*os.File, map[string]bool, error) {
	f, err := openDir(int(c.below.Fd()), dir)
	switch err {
	case nil:
	case unix.ENOENT, unix.ENOTDIR, unix.ELOOP, unix.EXDEV:
		return nil, nil, nil
	default:
		return nil, nil, err
	}
	list, err := f.Readdirnames(-1)
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	names := make(map[string]bool, len(list))
	for _, name := range list {
		names[name] = true
	}
	return f, names, nil
}

// compare tells how a name that is there above differs from what is below, and whether it does.
func (c *comparison) compare(above, below *os.File, name string) (found, bool) {
	f, old := found{file: look(above, name), name: name, kind: Added}, look(below, name)
	switch {
	case !f.exists, f.mounted, c.shown && old.mounted: // gone again, or not of this overlay
		return f, false
	case !c.shown && c.whiteout(above, &f):
		f.file, f.kind = old, Deleted
		return f, old.exists
	case c.shown && f.untouched(&old):
		return f, false
	case old.exists:
		f.kind = Changed
	}
	return f, true
}

// untouched tells whether a file of an overlay is the one below.
//
// FACT — since 3.18 (fs/overlayfs/copy_up.c) — what is changed is copied up first, with all directories
// above it, and a copy has a ctime of its own, which nobody can set — equal ones are of one file, and
// below a directory with an equal one nothing is changed — all kernels.
func (f *file) untouched(old *file) bool {
	return old.exists && f.changed == old.changed && f.mode&unix.S_IFMT == old.mode&unix.S_IFMT
}

// deleted are names below that do not show any more.
func deleted(below *os.File, names map[string]bool) []found {
	var list []found
	for name := range names {
		if old := look(below, name); old.exists && !old.mounted {
			list = append(list, found{file: old, name: name, kind: Deleted})
		}
	}
	return list
}

// whiteout tells whether a file of a layer only marks that the one below is deleted.
//
// FACT — since 3.18, and 6.7 (Documentation/filesystems/overlayfs.rst) — it is a character device 0:0, or an
// empty file with an attribute — both are looked for — before 6.7 there are only devices.
func (c *comparison) whiteout(dir *os.File, f *found) bool {
	if f.mode&unix.S_IFMT == unix.S_IFCHR {
		return f.device == [2]uint32{}
	}
	if f.mode&unix.S_IFMT != unix.S_IFREG || f.size != 0 {
		return false
	}
	_, err := unix.Lgetxattr("/proc/self/fd/"+strconv.Itoa(int(dir.Fd()))+"/"+f.name, c.marks+"whiteout", nil)
	return err == nil
}

// mark reads one of a layer's attributes of a directory.
func (c *comparison) mark(dir int, name string) string {
	if c.shown {
		return ""
	}
	var value [1]byte
	n, err := unix.Fgetxattr(dir, c.marks+name, value[:])
	if err != nil {
		return ""
	}
	return string(value[:n])
}

// look asks what a name is, without following or opening it.
func look(dir *os.File, name string) file {
	if dir == nil {
		return file{}
	}
	var st unix.Statx_t
	if err := unix.Statx(int(dir.Fd()), name, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, unix.STATX_BASIC_STATS, &st); err != nil {
		return file{}
	}
	return file{
		exists: true, mounted: st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0, mode: uint32(st.Mode), size: int64(st.Size),
		device: [2]uint32{st.Rdev_major, st.Rdev_minor}, changed: st.Ctime,
	}
}
