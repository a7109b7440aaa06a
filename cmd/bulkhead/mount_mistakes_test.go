package main

import (
	"errors"
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

func TestInFlags(t *testing.T) {
	plain := spec.Spec{Mounts: []spec.Mount{{Type: spec.MountTmpfs}, {Type: spec.MountBind}, {Type: spec.MountOverlay}}}
	guarded := plain.Clone()
	guarded.Mounts[1].Hide = []string{"x"}
	for _, c := range []struct {
		s          spec.Spec
		path, want string
	}{
		{plain, "mounts[1].source", "--bind source"},
		{plain, "mounts[2]", "--overlay"},
		{plain, "mounts[0].target", "mounts[0].target"}, // the profile's
		{plain, "mounts[3].target", "mounts[3].target"},
		{plain, "mounts[x].target", "mounts[x].target"},
		{plain, "limits.memory", "limits.memory"},
		{guarded, "mounts[1].hide[0]", "--bind hide[0]"},
		{guarded, "mounts[2].upper", "mounts[2].upper"},
	} {
		o := runOptions{MountsBefore: 1}
		mistake := &spec.FieldError{Path: c.path, Why: "wrong"}
		if err := o.inFlags(&c.s, errors.Join(mistake)); mistake.Path != c.want || err.Error() != c.want+": wrong" {
			t.Errorf("%s: got %q, want %q", c.path, mistake.Path, c.want)
		}
	}
}
