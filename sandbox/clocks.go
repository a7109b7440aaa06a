package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// joinedClocks lets one more program have the clocks of a sandbox that has joined
// a time namespace: one of its own, with the same offsets, which never change once somebody is in it.
func (b *Sandbox) joinedClocks(s *Spec) error {
	if s.Namespaces.Time.IsNew() || s.Namespaces.Time == spec.NamespaceHost {
		return nil
	}
	pid, err := b.programPID()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/timens_offsets", pid))
	if err == nil {
		s.Namespaces.Time = spec.NamespaceNew
		s.Clock, err = readOffsets(string(text))
	}
	if err != nil {
		return &Error{Kind: HostLacks, Op: "read", Object: "the clocks of " + b.name, Err: plain(err)}
	}
	return nil
}

// readOffsets reads lines such as "monotonic 1000 0"; time_namespaces(7).
func readOffsets(text string) (c spec.Clock, err error) {
	for line := range strings.Lines(text) {
		var clock string
		var sec, nsec int64
		if _, err := fmt.Sscan(line, &clock, &sec, &nsec); err != nil {
			return c, err
		}
		offset := spec.Duration(sec*1e9 + nsec)
		switch clock {
		case "monotonic":
			c.Monotonic = offset
		case "boottime":
			c.Boottime = offset
		default:
			return c, errors.New("unknown clock " + clock)
		}
	}
	return c, nil
}
