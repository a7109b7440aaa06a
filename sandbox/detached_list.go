package sandbox

import (
	"os"
	"path/filepath"
	"slices"
)

// ListAll returns what List does, and the detached sandboxes that have ended
// and whose log and Result are still there.
func ListAll() ([]Info, error) {
	list := []Info{}
	err := eachRecord(func(dir string, r *record) {
		info := r.info()
		if !r.alive() {
			if !r.Detached || supervised(dir) {
				return // a leftover, or about to end
			}
			info.PID, info.Ended = 0, endOf(dir)
		}
		list = append(list, info)
	})
	slices.SortFunc(list, func(a, b Info) int { return a.Started.Compare(b.Started) })
	return list, err
}

// eachRecord calls do for the record of each sandbox, running or not.
func eachRecord(do func(dir string, r *record)) error {
	dir, err := Dir()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &Error{Kind: HostLacks, Op: "read", Object: dir, Err: plain(err)}
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if r, err := readRecord(path); err == nil {
			do(path, r)
		}
	}
	return nil
}

// endOf is how the sandbox of a directory ended, without a Result if that cannot be read.
func endOf(dir string) *Ended {
	f, err := os.Open(filepath.Join(dir, endFile))
	if err != nil {
		return &Ended{}
	}
	defer f.Close()
	e, err := readEnd(f)
	if err != nil {
		return &Ended{}
	}
	return &e
}
