package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bulkhead/bulkhead/internal/host"
)

// runtimeDir is the directory with the records of running sandboxes, made to
// see whether it can be made.
type runtimeDir struct {
	path string
	err  error
	made []string // what was not there before, innermost first
}

func findRuntimeDir() runtimeDir {
	began := time.Now()
	path, err := Dir()
	d := runtimeDir{path: path, err: err}
	for dir := path; strings.HasPrefix(filepath.Base(dir), "bulkhead"); dir = filepath.Dir(dir) {
		if young(dir, began) {
			d.made = append(d.made, dir)
		}
	}
	return d
}

// clockStep is how much older than the clock says a new file may be: its time
// is that of the last tick, of which there are at least 100 a second.
const clockStep = 20 * time.Millisecond

// young tells whether an empty directory was made after a moment.
func young(dir string, began time.Time) bool {
	info, err := os.Stat(dir)
	return err == nil && info.ModTime().After(began.Add(-clockStep))
}

// restore removes what was made; what somebody else uses meanwhile is not empty, and stays.
func (d *runtimeDir) restore() {
	for _, dir := range d.made {
		_ = os.Remove(dir)
	}
}

func (d *runtimeDir) ask(*host.System) host.Answer {
	if d.err != nil {
		a := host.Answer{Outcome: host.No, Found: d.err.Error(), Why: "running sandboxes cannot be recorded"}
		var e *Error
		if errors.As(d.err, &e) {
			a.Fix = e.Hint
		}
		return a
	}
	name, err := os.MkdirTemp(d.path, ".doctor-")
	if err != nil {
		return host.Answer{Outcome: host.No, Found: d.path + " cannot be written: " + reason(plain(err)), Why: "running sandboxes cannot be recorded",
			Fix: "set XDG_RUNTIME_DIR to a directory of yours with space left"}
	}
	if err := os.Remove(name); err != nil {
		return host.Answer{Found: name + " could be made and not removed: " + reason(plain(err))}
	}
	return host.Answer{Outcome: host.Yes, Found: d.path + " can be written"}
}
