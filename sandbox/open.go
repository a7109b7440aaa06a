package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/spec"
)

// Info describes a running sandbox.
type Info struct {
	Name string `json:"name"`
	ID   string `json:"id"`
	// PID is the host's number of its process 1.
	PID int `json:"pid"`
	// Launcher is the process that started it, and whose end is its own.
	Launcher int       `json:"launcher"`
	Started  time.Time `json:"started"`
	Command  []string  `json:"command"`
	// Detached tells that it has a log, and a supervisor instead of a launcher who waits.
	Detached bool `json:"detached,omitempty"`
	// Ended says how it ended; nil while it runs.
	Ended *Ended `json:"ended,omitempty"`
	// Dropped are the protections that the host could not give: what the Spec says of them does not hold.
	Dropped []spec.Dropped `json:"dropped,omitempty"`
	Spec    *Spec          `json:"spec,omitempty"`
}

// List returns this user's running sandboxes, oldest first. A sandbox shows
// up when it has run for 50 ms, or at once if it was given a name.
func List() ([]Info, error) {
	list := []Info{}
	err := eachRecord(func(_ string, r *record) {
		if r.alive() {
			list = append(list, r.info())
		}
	})
	slices.SortFunc(list, func(a, b Info) int { return a.Started.Compare(b.Started) })
	return list, err
}

func (r *record) info() Info {
	return Info{Name: r.Name, ID: r.ID, PID: r.PID, Launcher: r.Launcher, Started: r.Started, Command: r.Spec.Command, Detached: r.Detached, Dropped: r.Dropped, Spec: r.Spec}
}

// Info describes the sandbox.
func (b *Sandbox) Info() Info {
	s := b.Spec()
	return Info{Name: b.name, ID: b.id, PID: b.proc.PID, Launcher: b.launcher, Started: time.Now().Add(-b.age()), Command: s.Command, Dropped: b.Dropped(), Spec: &s}
}

// Open returns a running sandbox by its name, also one that another process
// of this user started. Its Wait returns when it has ended; how it ended is
// known only of detached ones.
func Open(name string) (*Sandbox, error) {
	if err := validName(name); err != nil {
		return nil, err
	}
	dir, err := Dir()
	if err != nil {
		return nil, err
	}
	r, err := readRecord(filepath.Join(dir, name))
	if err != nil || !r.alive() {
		return nil, notRunning(name)
	}
	fd, err := unix.PidfdOpen(r.PID, 0)
	if err != nil || !r.alive() { // the number may have passed to another process meanwhile
		return nil, notRunning(name)
	}
	proc := launch.Attach(r.PID, fd, r.Began)
	b := &Sandbox{
		spec: *r.Spec, name: r.Name, id: r.ID, launcher: r.Launcher, layout: r.Layout, env: r.Env, cgroup: r.Cgroup, guarded: r.Guarded, dropped: r.Dropped,
		proc: proc, done: make(chan struct{}), foreign: true,
	}
	if r.Group != "" {
		b.group = cgroup.Open(r.Layout, r.Group)
	}
	if r.Detached {
		b.end, _ = os.Open(filepath.Join(dir, name, endFile)) // without it Wait knows no more than of others
	}
	go b.awaitForeign()
	return b, nil
}

// notRunning says which sandboxes there are instead.
func notRunning(name string) error {
	if dir, err := Dir(); err == nil {
		if end := ended(filepath.Join(dir, name)); end != nil {
			return &Error{Kind: Mistake, Op: "find sandbox", Object: name, Err: errors.New("it has ended" + end.how()),
				Hint: "'bulkhead logs " + name + "' shows what it printed, 'bulkhead wait --json " + name + "' how it ended and what it used"}
		}
	}
	e := &Error{Kind: Mistake, Op: "find sandbox", Object: name, Err: errors.New("none of that name is running"), Hint: "'bulkhead ps' lists them"}
	if list, err := List(); err == nil && len(list) > 0 {
		names := make([]string, len(list))
		for i, info := range list {
			names[i] = info.Name
		}
		e.Hint = "running: " + strings.Join(names, ", ")
	}
	return e
}

// awaitForeign waits for the end of a sandbox that is not our child, or for Close.
func (b *Sandbox) awaitForeign() {
	for !b.proc.WaitExit(time.Hour) {
	}
	b.proc.Close()
	if b.group != nil {
		b.group.Close()
	}
	close(b.done)
}

// Close lets go of a sandbox that Open returned; it runs on. For one that this
// process started it does nothing: that is freed when it ends.
func (b *Sandbox) Close() {
	if b.foreign {
		b.proc.Close() // which ends awaitForeign's wait
		<-b.done
		b.end.Close()
	}
}
