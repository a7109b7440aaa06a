package sandbox

import (
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

func TestWritesHost(t *testing.T) {
	for _, c := range []struct {
		name string
		spec Spec
		want bool
	}{
		{"the default", Spec{}, false},
		{"a bind", Spec{Mounts: []spec.Mount{{Type: spec.MountBind}}}, false},
		{"a writable bind", Spec{Mounts: []spec.Mount{{Type: spec.MountBind, Write: true}}}, true},
		{"a kept layer", Spec{Root: spec.Root{Overlay: &spec.Overlay{Dir: "/x"}}}, true},
		{"a writable directory as root", Spec{Root: spec.Root{Kind: spec.RootDir, Writable: true}}, true},
		{"the host's own tree", Spec{Namespaces: spec.Namespaces{Mount: spec.NamespaceHost}}, true},
		{"another's tree", Spec{Namespaces: spec.Namespaces{Mount: "sandbox:x"}}, true},
		{"the host's own tree behind landlock", Spec{Namespaces: spec.Namespaces{Mount: spec.NamespaceHost}, Landlock: spec.Landlock{Mode: "only"}}, false},
	} {
		if got := writesHost(&c.spec); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestKeptPolicy(t *testing.T) {
	for policy, want := range map[string]keptPolicy{"default": {early: true}, "agent": {early: true}, "build": {early: true}, "none": {early: true, once: true}} {
		s := Spec{Seccomp: spec.Seccomp{Policy: policy}}
		if got, err := keptPolicyOf(&s); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", policy, got, err, want)
		}
	}
}
