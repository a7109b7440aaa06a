package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/plan"
)

// ChangeKind says what was done to a file in an overlay.
type ChangeKind string

// The kinds of changes.
const (
	Added ChangeKind = "added"
	// Changed is also a directory in which something is changed.
	Changed ChangeKind = "changed"
	// Deleted stands for a directory and all that was in it.
	Deleted ChangeKind = "deleted"
)

// Change is a file that an overlay shows otherwise than the directory below it has it.
type Change struct {
	Kind ChangeKind `json:"kind"`
	// Path is where the program sees it. The program chose it: it may hold any byte but NUL.
	Path string `json:"path"`
	// PathBytes is the path where it is not UTF-8, which the text in JSON cannot hold.
	PathBytes []byte `json:"path_bytes,omitempty"`
	// Type is file, directory, link, fifo, socket or device: what it is now, or was until it was deleted.
	Type string `json:"type"`
	// Size is a regular file's, in bytes.
	Size int64 `json:"size_bytes"`
	// Unread says why what is in a directory is not told.
	Unread string `json:"unread,omitempty"`
}

// Diff tells what is changed in the overlays of a sandbox, directories before
// what is in them. Once it has ended, it can tell of a detached one whose changes are kept. An error of tell ends it.
func Diff(name string, tell func(Change) error) error {
	box, notRunning := Open(name)
	if notRunning == nil {
		defer box.Close()
		return box.Diff(tell)
	}
	if err := validName(name); err != nil {
		return err
	}
	dir, err := Dir()
	if err != nil {
		return err
	}
	r, err := readRecord(filepath.Join(dir, name))
	if err != nil || !r.Detached {
		return notRunning
	}
	layers, err := overlays(name, r.Spec)
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(layers, func(l plan.Layer) bool { return l.Kept == "" })
	if len(kept) == 0 {
		return diffError(name, errors.New("it has ended, and its changes were thrown away"), "--overlay=DIR keeps them in a directory")
	}
	return each(kept, tell, openKept)
}

// Diff tells what is changed in the overlays of the running sandbox.
func (b *Sandbox) Diff(tell func(Change) error) error {
	layers, err := overlays(b.name, &b.spec)
	if err != nil {
		return err
	}
	root, err := unix.Open("/proc/"+strconv.Itoa(b.proc.PID)+"/root", unix.O_PATH|unix.O_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(root)
	}
	if b.ended() || errors.Is(err, unix.ENOENT) {
		return diffError(b.name, errors.New("it has ended"), "")
	}
	if err != nil {
		return diffError(b.name, err, "")
	}
	return each(layers, tell, func(l plan.Layer) (*comparison, error) { return openShown(root, l) })
}

// DiffDir tells what is changed in a layer that was kept in a directory
// (Overlay.Dir, Mount.Upper). Paths begin where the layer lay.
func DiffDir(dir string, tell func(Change) error) error {
	layers, err := layersIn(dir)
	if err != nil {
		return err
	}
	return each(layers, tell, openKept)
}

// overlays are those of a Spec; there must be one.
func overlays(name string, s *Spec) ([]plan.Layer, error) {
	facts := host.Facts()
	layers := plan.Layers(s, &facts)
	if len(layers) == 0 {
		return nil, diffError(name, errors.New("it has no overlay, so there is nothing to compare"), "run it with --overlay: its changes then go into a layer of their own")
	}
	return layers, nil
}

func each(layers []plan.Layer, tell func(Change) error, open func(plan.Layer) (*comparison, error)) error {
	for i, l := range layers {
		if slices.ContainsFunc(layers[i+1:], func(other plan.Layer) bool { return other.Target == l.Target }) {
			continue // covered by the other
		}
		c, err := open(l)
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		c.tell = tell
		err = c.run()
		c.close()
		if err != nil {
			return err
		}
	}
	return nil
}

func diffError(object string, err error, hint string) error {
	return &Error{Kind: Mistake, Op: "compare the overlay of", Object: object, Err: plain(err), Hint: hint}
}

// report hands one change on.
func (c *comparison) report(path string, f found) error {
	change := Change{Kind: f.kind, Path: filepath.Join(c.target, path), Type: f.fileType(), Unread: f.unread}
	if !utf8.ValidString(change.Path) {
		change.PathBytes = []byte(change.Path)
	}
	if f.mode&unix.S_IFMT == unix.S_IFREG {
		change.Size = f.size
	}
	return c.tell(change)
}

// layersIn finds the layers that are kept in a directory: one, or one for each directory of the root.
func layersIn(dir string) ([]plan.Layer, error) {
	if l, ok := layerIn(dir); ok {
		l.Target = "/"
		return []plan.Layer{l}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, diffError(dir, err, "name the directory of --overlay=DIR, or a sandbox as ps shows it")
	}
	var list []plan.Layer
	for _, e := range entries {
		if l, ok := layerIn(filepath.Join(dir, e.Name())); ok && filepath.IsAbs(l.Lower) {
			l.Target = l.Lower // the root's directories are shown where they lie
			list = append(list, l)
		}
	}
	if len(list) == 0 {
		return nil, diffError(dir, errors.New("no layer is kept there"), "name the directory of --overlay=DIR, which holds upper, work and lower, or a sandbox as ps shows it")
	}
	return list, nil
}

// layerIn is the layer that a directory holds, if it holds one.
func layerIn(dir string) (plan.Layer, bool) {
	lower, err := os.Readlink(filepath.Join(dir, plan.LowerLink))
	if err != nil {
		return plan.Layer{}, false
	}
	var st unix.Stat_t
	err = unix.Lstat(filepath.Join(dir, "upper"), &st)
	return plan.Layer{Lower: lower, Kept: dir}, err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}
