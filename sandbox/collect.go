package sandbox

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cgroup"
)

// Collected is what was left over by launchers that were killed.
type Collected struct {
	// Groups are names of cgroups, Records of entries.
	Groups  []string `json:"groups"`
	Records []string `json:"records"`
}

// Collect removes what launchers that were killed have left: cgroups and
// records. Processes and mounts are not left where there is an init: the kernel
// ends them with the launcher. Others are ended with their cgroup.
// With dry set it only tells.
func Collect(dry bool) (Collected, error) {
	c := Collected{Groups: []string{}, Records: []string{}}
	if err := c.groups(dry); err != nil {
		return c, asError(err, &Spec{})
	}
	return c, c.records(dry)
}

// ours tells whether a group's launcher is of our pid namespace.
func ours(group string) bool { return strings.Contains(group, "-"+pidNamespace()+"-") }

func (c *Collected) groups(dry bool) error {
	l := layout()
	names, err := cgroup.Leftovers(l)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !ours(name) {
			continue // whether its launcher lives can be seen only there
		}
		if !dry {
			g := cgroup.Open(l, name)
			err := g.Kill()
			if err == nil {
				err = g.Remove()
			}
			g.Close()
			if err != nil {
				return err
			}
		}
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
		if !stale(p) {
			continue
		}
		if !dry {
			if err := os.RemoveAll(p); err != nil {
				return &Error{Kind: HostLacks, Op: "remove", Object: p, Err: plain(err)}
			}
		}
		c.Records = append(c.Records, e.Name())
	}
	return nil
}
