package sandbox

import (
	"context"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/logfile"
	"github.com/bulkhead/bulkhead/spec"
)

// Supervise runs a program as Run does, for a caller that nobody watches: what
// the program prints goes into a log, and how it ended is kept when it has
// ended. Any process of the user can read both, with Logs and Await, until
// Collect removes them or another sandbox takes the name.
//
// Streams that io names are used instead of the log. A program with a terminal of its own
// (Spec.Terminal) has it recorded; nobody can type there but io.Stdin.
//
// The sandbox ends with the calling process as every other does: call Supervise
// in a process that lives on.
func Supervise(ctx context.Context, s *Spec, io IO, after Afterwards) (Result, error) {
	own := s.Clone()
	if own.Name == "" {
		own.Name = "b" + newID()
	}
	if validName(own.Name) != nil {
		return Run(ctx, &own, io) // which says what is wrong with it
	}
	d, err := newDetachment(own.Name)
	if err != nil {
		return failed(err), err
	}
	started := io.Started
	io.detached = d
	io.Started = func(box *Sandbox) {
		d.begin(box, io)
		if started != nil && d.err == nil {
			started(box)
		}
	}
	result, err := Run(ctx, &own, io)
	if err != nil && result.Status != spec.SetupFailed {
		d.log.Note(err.Error()) // nobody else is there to be told
		err = nil
	}
	if err == nil && d.err != nil {
		result, err = failed(d.err), d.err
	}
	after.Forget = after.Forget || err != nil
	d.end(&result, after)
	return result, err
}

// Afterwards says what to do when a supervised program has ended, before those who wait for its end are told.
type Afterwards struct {
	// Forget removes the log and all that is known of it.
	Forget bool
	// Ended gets the Result.
	Ended func(*Result)
}

// detachment is what a supervisor keeps of a sandbox, in the directory of its record.
type detachment struct {
	dir  string
	log  *logfile.Writer
	last *os.File // the file endFile, locked as long as the supervisor lives
	err  error    // why it cannot be watched
	tty  *recording
}

const (
	logDir  = "log"
	endFile = "end.json"
)

// newDetachment takes the name, before anything is started.
func newDetachment(name string) (*detachment, error) {
	dir, lock, err := claim(name)
	if err != nil {
		return nil, err
	}
	defer unlock(lock) // the file endFile is locked by then
	d := &detachment{dir: dir}
	if err := d.open(); err != nil {
		_ = os.RemoveAll(dir) // the error that matters is the other
		return nil, &Error{Kind: HostLacks, Op: "keep the log of", Object: name, Err: plain(err), Hint: "is the file system of " + dir + " full?"}
	}
	return d, nil
}

func (d *detachment) open() (err error) {
	d.last, err = os.OpenFile(filepath.Join(d.dir, endFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := unix.Flock(int(d.last.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	dir := filepath.Join(d.dir, logDir)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	d.log, err = logfile.Create(dir, logfile.Options{})
	return err
}

// begin is called when the program runs. A sandbox that nobody can find must not stay.
func (d *detachment) begin(box *Sandbox, io IO) {
	if _, err := os.Stat(filepath.Join(d.dir, recordFile)); err != nil {
		d.err = &Error{Kind: HostLacks, Op: "record", Object: box.name, Err: plain(err), Hint: "is the file system of " + d.dir + " full?"}
	} else if box.spec.Terminal {
		d.tty, d.err = recordTerminal(box, io, d.log)
	}
	if d.err != nil {
		_ = box.Kill() // it fails only for a program that has ended
	}
}

// end keeps how it ended. Unlocking the file tells those who wait.
func (d *detachment) end(r *Result, after Afterwards) {
	if d.tty != nil {
		d.tty.finish()
	}
	_ = d.log.Close() // what was lost, the log itself tells
	d.keep(r)
	if after.Ended != nil {
		after.Ended(r)
	}
	if after.Forget {
		_ = os.RemoveAll(d.dir) // gc collects what is left
	}
	d.last.Close()
}
