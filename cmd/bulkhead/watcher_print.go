package main

import (
	"errors"
	"strconv"
	"time"
)

func (w *watcher) print(list []reading) error {
	if w.query.json {
		return w.printLines(list)
	}
	rows := [][]string{{"NAME", "CPU", "CPU TIME", "MEMORY", "LIMIT", "PEAK", "PIDS", "LIMIT", "RUNNING"}}
	for _, r := range list {
		rows = append(rows, r.row())
	}
	const home, clear = "\x1b[H", "\x1b[2J"
	if w.screen {
		return w.call.Print(clear + home + columns(rows))
	}
	return w.call.Print(columns(rows))
}

func (r *reading) row() []string {
	running := ago(time.Duration(r.WallSeconds * 1e9))
	if r.unknown {
		return []string{r.Name, "-", "-", "-", "-", "-", "-", "-", running}
	}
	return []string{
		r.Name, strconv.FormatFloat(r.CPUPercent, 'f', 1, 64) + "%", seconds(r.CPUSeconds),
		humanSize(r.MemoryCurrentBytes), humanSize(r.MemoryLimitBytes), humanSize(r.MemoryPeakBytes),
		count(r.PidsCurrent), count(r.PidsLimit), running,
	}
}

// printLines prints one line of JSON for each sandbox.
func (w *watcher) printLines(list []reading) error {
	var failures []error
	for _, r := range list {
		text, err := jsonLine(r.counted())
		if err == nil {
			err = w.call.Print(string(text))
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// counted is what a line of JSON says: of a sandbox without a cgroup only what is known.
func (r *reading) counted() any {
	if !r.unknown {
		return r
	}
	return struct {
		Name        string  `json:"name"`
		WallSeconds float64 `json:"wall_seconds"`
	}{r.Name, r.WallSeconds}
}
