package sandbox

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/plan"
)

// comparison compares what is above with the directory below it.
//
// Above is the overlay as the program sees it (shown), or only its upper layer, with the kernel's marks in it.
type comparison struct {
	above, below *os.File
	shown        bool
	marks        string // how the names of the layer's attributes begin
	target       string
	tell         func(Change) error
}

func (c *comparison) close() {
	c.above.Close()
	c.below.Close()
}

// openShown opens an overlay of a running sandbox; nil if another mount covers it.
func openShown(root int, l plan.Layer) (*comparison, error) {
	fd, err := -1, error(unix.EAGAIN)
	for tries := 0; err == unix.EAGAIN && tries < 1000; tries++ { // a rename anywhere while ".." is followed
		fd, err = unix.Openat2(root, l.Target, &unix.OpenHow{Flags: dirFlags, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS})
	}
	if err != nil {
		return nil, diffError(l.Target, err, "")
	}
	c := &comparison{above: os.NewFile(uintptr(fd), l.Target), shown: true, target: l.Target}
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil || fs.Type != unix.OVERLAYFS_SUPER_MAGIC {
		c.above.Close()
		return nil, err
	}
	return c, c.openBelow(l.Lower)
}

// openKept opens a layer that is kept in a directory.
func openKept(l plan.Layer) (*comparison, error) {
	dir, err := unix.Open(l.Kept, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, diffError(l.Kept, err, "")
	}
	defer unix.Close(dir)
	marks, err := marksIn(dir)
	if err != nil {
		return nil, diffError(l.Kept, err, "as root, the same can be read; a layer that bulkhead did not keep can not")
	}
	above, err := openDir(dir, "upper")
	if err != nil {
		return nil, diffError(l.Kept, err, "")
	}
	c := &comparison{above: above, marks: marks, target: l.Target}
	return c, c.openBelow(l.Lower)
}

func (c *comparison) openBelow(lower string) error {
	fd, err := unix.Open(lower, dirFlags&^unix.O_NOFOLLOW, 0)
	if err != nil {
		c.above.Close()
		return diffError(lower, err, "the overlay lay over this directory: what is new in it cannot be told without")
	}
	c.below = os.NewFile(uintptr(fd), lower)
	return nil
}

// marksIn tells by which attributes the layer in dir is marked. A program that
// runs under root could set those of users itself: they count only where they are the kernel's.
func marksIn(dir int) (string, error) {
	var text [64]byte
	n, err := unix.Readlinkat(dir, plan.MarksLink, text[:])
	if err != nil {
		n = 0
	}
	switch marks := string(text[:n]); {
	case marks == plan.UserMarks, marks == plan.TrustedMarks && host.Facts().Root:
		return marks, nil
	case marks == plan.TrustedMarks:
		return "", errors.New("it was made by root, and only root can read its marks")
	}
	return "", fmt.Errorf("its link %s, which says how it is marked, is missing", plan.MarksLink)
}

const dirFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// openDir opens a directory by its path below another. No link is followed and
// no other file system entered: the program may put there what it likes.
func openDir(dir int, path string) (*os.File, error) {
	fd, err := unix.Openat2(dir, path, &unix.OpenHow{Flags: dirFlags, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}
