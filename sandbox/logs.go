package sandbox

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/bulkhead/bulkhead/internal/logfile"
)

// LogOptions say what of a log to show, and how. The zero value shows all that is there.
type LogOptions struct {
	// Tail shows that many lines at the end; 0 means all, NoTail none of those that are there.
	Tail int
	// Since leaves out lines that began before.
	Since time.Time
	// Follow goes on until the sandbox has ended.
	Follow bool
	// Timestamps puts the time before each line.
	Timestamps bool
}

// NoTail as LogOptions.Tail shows nothing of what is there already.
const NoTail = logfile.TailNone

// Logs writes what a detached sandbox has printed, byte for byte, to stdout and
// stderr, and remarks about lost or damaged parts to stderr. It ends at the end
// of the log, or when ctx does.
func Logs(ctx context.Context, name string, o LogOptions, stdout, stderr io.Writer) error {
	dir, err := logOf(name)
	if err != nil {
		return err
	}
	r, err := logfile.Open(dir, logfile.ReadOptions{Tail: o.Tail, Since: o.Since, Follow: o.Follow})
	if err != nil {
		return &Error{Kind: HostLacks, Op: "read the log of", Object: name, Err: plain(err)}
	}
	defer r.Close()
	p := logfile.Printer{Stdout: stdout, Stderr: stderr, Notes: stderr, Timestamps: o.Timestamps}
	for {
		record, err := r.Next(ctx)
		if err != nil {
			return logEnd(name, err)
		}
		if err := p.Print(record); err != nil {
			return &Error{Kind: HostLacks, Op: "write the log of", Object: name, Err: plain(err)}
		}
	}
}

func logEnd(name string, err error) error {
	if err == io.EOF || errors.Is(err, context.Canceled) {
		return nil
	}
	return &Error{Kind: HostLacks, Op: "read the log of", Object: name, Err: plain(err)}
}

// logOf finds a detached sandbox's log.
func logOf(name string) (string, error) {
	if err := validName(name); err != nil {
		return "", err
	}
	base, err := Dir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, name, logDir)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", &Error{Kind: HostLacks, Op: "read the log of", Object: name, Err: plain(err)}
	}
	if _, err := os.Stat(filepath.Dir(dir)); err == nil {
		return "", &Error{Kind: Mistake, Op: "read the log of", Object: name, Err: errors.New("it has none: it was not started with --detach"),
			Hint: "its output is where its launcher put it"}
	}
	return "", unknownLog(name)
}

func unknownLog(name string) error {
	e := &Error{Kind: Mistake, Op: "find sandbox", Object: name, Err: errors.New("there is no log of that name"), Hint: "'bulkhead ps -a' lists the sandboxes"}
	return e
}
