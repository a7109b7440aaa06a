package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/bulkhead/bulkhead/internal/cgroup"
)

// Collected is what was left over by launchers that were killed.
type Collected struct {
	// Groups are names of cgroups, Records of entries.
	Groups  []string `json:"groups"`
	Records []string `json:"records"`
}

// tidy collects the cgroups of launchers that were killed, once in a process
// and beside its work: whoever starts next cleans up, be it this server started anew.
var tidy = sync.OnceFunc(func() { go new(Collected).groups(false) })

// Collect removes what launchers that were killed have left: cgroups and
// records. Processes and mounts are not left where there is an init: the kernel
// ends them with the launcher. Others are ended with their cgroup.
// With dry set it only tells.
func Collect(dry bool) (Collected, error) {
	c := Collected{Groups: []string{}, Records: []string{}}
	return c, errors.Join(c.groups(dry), c.records(dry))
}

// ours tells whether a group's launcher is of our pid namespace.
func ours(group string) bool { return strings.Contains(group, "-"+pidNamespace()+"-") }

func (c *Collected) groups(dry bool) error {
	var errs []error
	for _, l := range layouts() {
		names, err := cgroup.Leftovers(l)
		errs = append(errs, err)
		for _, name := range names {
			if !ours(name) {
				continue // whether its launcher lives can be seen only there
			}
			if err := c.group(l, name, dry); err != nil {
				errs = append(errs, asError(err, &Spec{})) // one that resists is no reason to leave the others
			}
		}
	}
	return errors.Join(errs...)
}

func (c *Collected) group(l cgroup.Layout, name string, dry bool) error {
	if !dry {
		g := cgroup.Open(l, name)
		defer g.Close()
		if err := g.Kill(); err != nil {
			return err
		}
		if err := g.Remove(); err != nil {
			return err
		}
	}
	if !slices.Contains(c.Groups, name) {
		c.Groups = append(c.Groups, name)
	}
	return nil
}

func (c *Collected) records(dry bool) error {
	dir, err := Dir()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &Error{Kind: HostLacks, Op: "read", Object: dir, Err: plain(err)}
	}
	for _, e := range entries {
		p := filepath.Join(dir, e.Name())
		left := false
		if dry {
			left = stale(p)
		} else if left, err = removeStale(p); err != nil {
			return err
		}
		if left {
			c.Records = append(c.Records, e.Name())
		}
	}
	return nil
}
