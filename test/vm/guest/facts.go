package guest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Facts is what a machine is, each fact under a name, found by the machine
// itself: so no test passes on the wrong one.
type Facts map[string]string

// String has all facts in the order of their names.
func (f Facts) String() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		all = append(all, name+": "+f[name])
	}
	return strings.Join(all, "; ")
}

// Differs says in what the machine that booted is not the expected one, nil when it is.
func (f Facts) Differs(got Facts) error {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if got[name] != f[name] {
			wrong = append(wrong, fmt.Sprintf("%s: %s, expected %s", name, got[name], f[name]))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("not the expected machine: %s", strings.Join(wrong, "; "))
}
