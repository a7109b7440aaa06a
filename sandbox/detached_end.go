package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// Ended says how a detached sandbox ended.
type Ended struct {
	// At is the time, zero if it is not known.
	At time.Time `json:"at,omitzero"`
	// Result is nil if it is not known: the supervisor was killed, and the sandbox with it.
	Result *Result `json:"result"`
}

// how tells in short what is known, as in ", with status 1".
func (e *Ended) how() string {
	r := e.Result
	switch {
	case r == nil:
		return ""
	case r.Limit != "":
		return ", at the limit " + string(r.Limit)
	case r.Signal != "":
		return ", killed by " + r.Signal
	}
	return ", with status " + strconv.Itoa(r.ExitCode)
}

// ended is the end of the detached sandbox that had this directory, nil if there is none.
func ended(dir string) *Ended {
	if r, err := readRecord(dir); err != nil || r.alive() || !r.Detached || supervised(dir) {
		return nil
	}
	return endOf(dir)
}

func (d *detachment) keep(r *Result) {
	text, err := json.Marshal(Ended{At: time.Now(), Result: r})
	if err == nil {
		_, err = d.last.Write(append(text, '\n'))
	}
	if err != nil {
		_ = d.last.Truncate(0) // nothing is better than half of it: the end is unknown then
	}
}

// supervised tells whether a directory's sandbox is a detached one with a living supervisor.
func supervised(dir string) bool {
	f, err := os.Open(filepath.Join(dir, endFile))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// readEnd waits until the supervisor has let go of the file, and reads it.
func readEnd(f *os.File) (Ended, error) {
	var e Ended
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_SH)
		if err == nil {
			break
		}
		if err != unix.EINTR {
			return e, err
		}
	}
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<30))
	if err != nil || len(text) == 0 {
		return e, err
	}
	return e, json.Unmarshal(text, &e)
}

// foreignEnd is how a sandbox that another process started has ended, as far as it told.
func (b *Sandbox) foreignEnd() (Result, error) {
	if b.end == nil {
		return Result{Dropped: []spec.Dropped{}}, &Error{Kind: Mistake, Op: "wait for", Object: b.name,
			Err: errors.New("it has ended; how is known only to the process that started it")}
	}
	e, err := readEnd(b.end)
	if err == nil && e.Result != nil {
		return *e.Result, nil
	}
	return Result{Dropped: []spec.Dropped{}}, lostEnd(b.name, err)
}

// Await returns how a detached sandbox ended, at once if it has ended already. It waits for as long as it takes.
func Await(name string) (Result, error) {
	box, notRunning := Open(name)
	if notRunning == nil {
		defer box.Close()
		return box.Wait()
	}
	if err := validName(name); err != nil {
		return Result{}, err
	}
	dir, err := Dir()
	if err != nil {
		return Result{}, err
	}
	f, err := os.Open(filepath.Join(dir, name, endFile))
	if err != nil {
		return Result{}, notRunning
	}
	defer f.Close()
	e, err := readEnd(f)
	if err == nil && e.Result != nil {
		return *e.Result, nil
	}
	return Result{}, lostEnd(name, err)
}

func lostEnd(name string, err error) error {
	if err == nil {
		err = errors.New("it has ended; its supervisor was killed and could not keep how")
	}
	return &Error{Kind: HostLacks, Op: "wait for", Object: name, Err: plain(err)}
}
