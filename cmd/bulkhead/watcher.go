package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

// watcher looks at sandboxes again and again.
type watcher struct {
	call   *cli.Call
	query  query
	names  []string // none: all that run
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
	at time.Time
}

const (
	between   = time.Second
	firstLook = 200 * time.Millisecond
)

// run looks until ctx ends; the first look is only there to compare with.
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
		if err == nil {
			err = w.print(list)
		}
		if err != nil || w.query.noStream {
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
	for _, name := range names {
		r, err := w.read(name)
		if err != nil && len(w.names) > 0 {
			return nil, err
		}
		if err == nil {
			now[name] = r
			list = append(list, r)
		}
	}
	w.before = now
	if w.sorted {
		slices.SortStableFunc(list, func(a, b reading) int { return int(b.CPUPercent*100) - int(a.CPUPercent*100) })
	}
	return list, nil
}

func (w *watcher) watched() ([]string, error) {
	if len(w.names) > 0 {
		return w.names, nil
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
	if w.open == nil {
		w.open = map[string]*sandbox.Sandbox{}
	}
	w.open[name] = box
	return box, nil
}

func ended(box *sandbox.Sandbox) bool {
	select {
	case <-box.Done():
		return true
	default:
		return false
	}
}

func (w *watcher) print(list []reading) error {
	if w.query.json {
		return w.printLines(list)
	}
	rows := [][]string{{"NAME", "CPU", "CPU TIME", "MEMORY", "LIMIT", "PEAK", "PIDS", "LIMIT", "RUNNING"}}
	for _, r := range list {
		rows = append(rows, []string{
			r.Name, strconv.FormatFloat(r.CPUPercent, 'f', 1, 64) + "%", seconds(r.CPUSeconds),
			humanSize(r.MemoryCurrentBytes), humanSize(r.MemoryLimitBytes), humanSize(r.MemoryPeakBytes),
			count(r.PidsCurrent), count(r.PidsLimit), ago(time.Duration(r.WallSeconds * 1e9)),
		})
	}
	const home, clear = "\x1b[H", "\x1b[2J"
	if w.screen {
		return w.call.Print(clear + home + columns(rows))
	}
	return w.call.Print(columns(rows))
}

// printLines prints one line of JSON for each sandbox.
func (w *watcher) printLines(list []reading) error {
	var failures []error
	for _, r := range list {
		text, err := json.Marshal(r)
		if err == nil {
			err = w.call.Print(string(text) + "\n")
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}
