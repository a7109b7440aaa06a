package spec

import (
	"slices"
	"testing"
	"testing/fstest"
)

// emptyPlace is a launcher in an empty project.
func emptyPlace() Place {
	return Place{Dir: "/home/me/project", Home: "/home/me", Files: fstest.MapFS{}}
}

func TestEveryProfileIsValid(t *testing.T) {
	names := Profiles()
	if want := []string{"default", "strict", "build", "shell", "agent"}; !slices.Equal(names, want) {
		t.Fatalf("Profiles() = %q, want %q", names, want)
	}
	for _, name := range names {
		s, ok := Profile(name)
		if !ok {
			t.Fatalf("Profile(%q) does not exist", name)
		}
		s.Command = []string{"true"}
		s, err := s.Resolve(emptyPlace())
		if err != nil {
			t.Fatalf("%s: Resolve: %v", name, err)
		}
		full := s.WithDefaults()
		for _, stage := range []*Spec{&s, &full} {
			if err := stage.Validate(); err != nil {
				t.Errorf("%s: Validate: %v", name, err)
			}
		}
	}
}

func TestProfilesShareNothing(t *testing.T) {
	for _, name := range Profiles() {
		a, _ := Profile(name)
		b, _ := Profile(name)
		if len(a.AllowDrop) > 0 && &a.AllowDrop[0] == &b.AllowDrop[0] || len(a.Mounts) > 0 && &a.Mounts[0] == &b.Mounts[0] {
			t.Errorf("two calls of Profile(%q) share memory", name)
		}
	}
}

func TestOnlyStrictToleratesNothingMissing(t *testing.T) {
	for _, name := range Profiles() {
		s, _ := Profile(name)
		if got, want := s.MayDrop(ProtectionMemory), name != "strict"; got != want {
			t.Errorf("%s: MayDrop(memory) = %v, want %v", name, got, want)
		}
		if s.MayDrop(ProtectionLandlock) || s.MayDrop(ProtectionProc) {
			t.Errorf("%s drops more than the limits", name)
		}
	}
}

func TestUnknownProfile(t *testing.T) {
	if _, ok := Profile("stric"); ok {
		t.Error(`Profile("stric") exists`)
	}
}
