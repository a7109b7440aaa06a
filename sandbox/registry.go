package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// Running sandboxes are known to other processes by a directory each, below
// one that belongs to the user: bulkhead in $XDG_RUNTIME_DIR, or /run for root.

// record is what is kept of a running sandbox.
type record struct {
	Name         string        `json:"name"`
	ID           string        `json:"id"`
	PID          int           `json:"pid"`
	Born         uint64        `json:"born"` // start time of PID, in ticks since boot; proc_pid_stat(5)
	Launcher     int           `json:"launcher"`
	PIDNamespace string        `json:"pid_namespace"` // that the numbers are of
	Detached     bool          `json:"detached,omitempty"`
	Started      time.Time     `json:"started"`
	Began        int64         `json:"began"` // Started on CLOCK_MONOTONIC, in nanoseconds: nobody sets that clock
	Spec         *Spec         `json:"spec"`
	Layout       cgroup.Layout `json:"layout"`
	Group        string        `json:"group,omitempty"`
	Env          []string      `json:"env"`
	Cgroup       plan.Cgroup   `json:"cgroup"`
	Guarded      bool          `json:"guarded,omitempty"`

	Dropped []spec.Dropped `json:"dropped,omitempty"`
}

const recordFile = "sandbox.json"

// Dir is where the records of this user's sandboxes are kept.
func Dir() (string, error) {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	switch {
	case os.Geteuid() == 0:
		dir = "/run"
	case !filepath.IsAbs(dir): // also "", which is not set
		dir = filepath.Join(os.TempDir(), "bulkhead-"+strconv.Itoa(os.Geteuid()))
		if err := privateDir(dir); err != nil {
			return "", err
		}
	}
	dir = filepath.Join(dir, "bulkhead")
	return dir, privateDir(dir)
}

// privateDir makes a directory that nobody else can put things into, or checks that it is one.
func privateDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return &Error{Kind: HostLacks, Op: "make", Object: dir, Err: plain(err), Hint: "set XDG_RUNTIME_DIR to a directory of yours"}
	}
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		return &Error{Kind: HostLacks, Op: "use", Object: dir, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != os.Geteuid() || st.Mode&0o022 != 0 {
		return &Error{Kind: HostLacks, Op: "use", Object: dir, Err: errors.New("it is not a directory of yours that only you can write"),
			Hint: "somebody may have put it there: remove it, or set XDG_RUNTIME_DIR to a directory of yours"}
	}
	return nil
}

// plain is a path error's cause: messages name the path themselves.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// alive tells whether the sandbox's process 1 is still the one that was recorded.
func (r *record) alive() bool {
	born, err := birth(r.PID)
	return err == nil && born == r.Born
}

func readRecord(dir string) (*record, error) {
	text, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil {
		return nil, err
	}
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, recordFile), err)
	}
	if r.Spec == nil {
		return nil, fmt.Errorf("%s: it is no record of a sandbox", filepath.Join(dir, recordFile))
	}
	return &r, nil
}

// write stores the record in one step: a reader sees all of it or nothing.
func (r *record) write(dir string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	temp := filepath.Join(dir, ".new")
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return &Error{Kind: HostLacks, Op: "write", Object: temp, Err: plain(err)}
	}
	return os.Rename(temp, filepath.Join(dir, recordFile))
}

// settled is how long a sandbox without a chosen name runs before it is
// recorded: a record costs more than a short program.
const settled = 50 * time.Millisecond

// registration is a running sandbox's entry.
type registration struct {
	dir   string
	lock  *os.File // of claim, until there is a record
	tried bool
	kept  bool // it is the supervisor's, who removes it
}

// record makes the sandbox known to other processes. Without an entry it runs as well, only unseen.
func (b *Sandbox) record() {
	b.reg.tried = true
	born, err := birth(b.proc.PID)
	if err != nil && !b.reg.kept {
		return // it has ended already
	}
	if b.reg.dir == "" {
		if b.reg.dir, b.reg.lock, err = claim(b.name); err != nil {
			return
		}
	}
	r := &record{Name: b.name, ID: b.id, PID: b.proc.PID, Born: born, Launcher: processID(), PIDNamespace: pidNamespace(), Detached: b.reg.kept, Started: time.Now().Add(-b.age()), Began: b.proc.Started,
		Spec: &b.spec, Layout: b.layout, Env: b.env, Cgroup: b.cgroup, Guarded: b.guarded, Dropped: b.dropped}
	if b.group != nil {
		r.Group = b.group.Name()
	}
	if r.write(b.reg.dir) == nil {
		unlock(b.reg.lock)
		b.reg.lock = nil
	}
}

// unregister removes the entry, unless another sandbox has taken the name since
// our process 1 ended, or is just taking it: then it has no record yet, but the lock.
func (b *Sandbox) unregister() {
	dir, lock := b.reg.dir, b.reg.lock
	if dir == "" || b.reg.kept {
		return
	}
	if lock == nil {
		var err error
		if lock, err = lockSoon(dir); err != nil {
			return
		}
		if r, err := readRecord(dir); err != nil || r.ID != b.id {
			dir = ""
		}
	}
	defer unlock(lock)
	if dir != "" {
		_ = os.RemoveAll(dir) // gc collects what is left
	}
}

// validName guards paths made from names that others pass in.
func validName(name string) error {
	s := spec.Spec{Name: name, Command: []string{"x"}}
	d := s.WithDefaults()
	if err := d.Validate(); err != nil || name == "" {
		return &Error{Kind: Mistake, Op: "find sandbox", Object: strconv.Quote(name), Err: errors.New("no sandbox can have that name"), Hint: "'bulkhead ps' lists them"}
	}
	return nil
}
