package main

import (
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// inFlags has the mistakes in mounts that flags made name the flags: who wrote
// --bind has never seen mounts[0].
func (o *runOptions) inFlags(s *spec.Spec, err error) error {
	for _, mistake := range spec.FieldErrors(err) {
		if i, field, ok := mountField(mistake.Path); ok && o.isFlag(s, i) {
			mistake.Path = strings.TrimRight("--"+string(s.Mounts[i].Type)+" "+field, " ")
		}
	}
	return err
}

// isFlag tells whether a flag made a mount. Behind one with guards it is not
// known: these have become mounts of their own, and the numbers have shifted.
func (o *runOptions) isFlag(s *spec.Spec, i int) bool {
	if i < o.MountsBefore || i >= len(s.Mounts) {
		return false
	}
	for _, m := range s.Mounts[:i] {
		if m.Git || len(m.Guard)+len(m.Hide) > 0 {
			return false
		}
	}
	return true
}

// mountField parts "mounts[3].target".
func mountField(path string) (i int, field string, ok bool) {
	rest, ok := strings.CutPrefix(path, "mounts[")
	if !ok {
		return 0, "", false
	}
	number, field, ok := strings.Cut(rest, "]")
	i, err := strconv.Atoi(number)
	return i, strings.TrimPrefix(field, "."), ok && err == nil
}
