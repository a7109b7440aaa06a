package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

// watcher looks at sandboxes again and again.
type watcher struct {
	call   *cli.Call
	query  query
	names  []string // those that have not ended; only if named
	named  bool     // else all that run
	sorted bool     // busiest first
	screen bool     // each look replaces the one before
	before map[string]reading
	open   map[string]*sandbox.Sandbox
}

// reading is one look at one sandbox.
type reading struct {
	Name string `json:"name"`
	// CPUPercent is the use of processors since the look before, 100 for one of them.
	CPUPercent float64 `json:"cpu_percent"`
	sandbox.Stats
	at      time.Time
	unknown bool // it has no cgroup that counts; only the name and the time are there
}

const (
	between   = time.Second
	firstLook = 200 * time.Millisecond
)

// run looks until ctx ends, or all that were named have ended; the first look is only there to compare with.
func (w *watcher) run(ctx context.Context) error {
	if _, err := w.look(); err != nil {
		return err
	}
	for wait := firstLook; ; wait = between {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		list, err := w.look()
		if err != nil || w.named && len(list) == 0 {
			return err
		}
		if err := w.print(list); err != nil || w.query.noStream {
			return err
		}
	}
}

// look reads the counters of all sandboxes that are watched.
func (w *watcher) look() ([]reading, error) {
	names, err := w.watched()
	if err != nil {
		return nil, err
	}
	now := map[string]reading{}
	list := []reading{}
	var unread error
	for _, name := range names {
		r, err := w.read(name)
		switch {
		case err == nil:
			now[name] = r
			list = append(list, r)
		case w.ended(name):
			w.forget(name)
		case w.named:
			return nil, err
		case w.open[name] != nil:
			unread = err // one that was never open has ended between the list and us
		}
	}
	w.forgetAllBut(names)
	w.before = now
	if len(list) == 0 && unread != nil {
		return nil, unread // an empty list would say that nothing runs
	}
	if w.sorted {
		slices.SortStableFunc(list, func(a, b reading) int { return int(b.CPUPercent*100) - int(a.CPUPercent*100) })
	}
	return list, nil
}

func (w *watcher) watched() ([]string, error) {
	if w.named {
		return slices.Clone(w.names), nil
	}
	list, err := sandbox.List()
	var names []string
	for _, info := range list {
		names = append(names, info.Name)
	}
	return names, err
}

func (w *watcher) read(name string) (reading, error) {
	box, err := w.sandbox(name)
	if err != nil {
		return reading{}, err
	}
	stats, err := box.Stats()
	if errors.Is(err, sandbox.ErrNoCgroup) {
		age := time.Since(box.Info().Started)
		return reading{Name: name, Stats: sandbox.Stats{WallSeconds: age.Seconds()}, unknown: true}, nil
	}
	if err != nil {
		return reading{}, err
	}
	r := reading{Name: name, Stats: stats, at: time.Now()}
	if last, seen := w.before[name]; seen {
		r.CPUPercent = 100 * (stats.CPUSeconds - last.CPUSeconds) / r.at.Sub(last.at).Seconds()
	}
	return r, nil
}

// sandbox opens a sandbox once, and again if another one of its name has followed.
func (w *watcher) sandbox(name string) (*sandbox.Sandbox, error) {
	if box := w.open[name]; box != nil && !ended(box) {
		return box, nil
	}
	box, err := sandbox.Open(name)
	if err != nil {
		return nil, err
	}
	if old := w.open[name]; old != nil {
		old.Close()
		delete(w.before, name)
	}
	if w.open == nil {
		w.open = map[string]*sandbox.Sandbox{}
	}
	w.open[name] = box
	return box, nil
}

// ended tells whether a sandbox that was watched has ended.
func (w *watcher) ended(name string) bool {
	box := w.open[name]
	return box != nil && ended(box)
}

// forget lets go of a sandbox.
func (w *watcher) forget(name string) {
	w.open[name].Close()
	delete(w.open, name)
	w.names = slices.DeleteFunc(w.names, func(n string) bool { return n == name })
}

// forgetAllBut lets go of those that are not listed any more.
func (w *watcher) forgetAllBut(names []string) {
	for name := range w.open {
		if !slices.Contains(names, name) {
			w.forget(name)
		}
	}
}

func ended(box *sandbox.Sandbox) bool {
	select {
	case <-box.Done():
		return true
	default:
		return false
	}
}
