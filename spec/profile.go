package spec

// profiles are plain Go values, so that the one in use costs no parsing at start.
var profiles = []struct {
	name  string
	build func() Spec
}{
	{"default", defaultProfile},
	{"strict", strictProfile},
	{"build", buildProfile},
	{"shell", shellProfile},
	{"agent", agentProfile},
}

// Profile returns the Spec that a built-in profile stands for, to be completed
// by the caller's file and flags, and whether there is one of that name.
func Profile(name string) (Spec, bool) {
	for _, p := range profiles {
		if p.name == name {
			return p.build(), true
		}
	}
	return Spec{}, false
}

// Profiles lists the names of the built-in profiles.
func Profiles() []string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.name
	}
	return names
}

// defaultProfile is what the command line starts from: all defaults, for any program. The one thing it adds to
// an empty Spec is that a user to whom nobody delegated a cgroup may run it, too. The Result then lists the limits that were missing.
func defaultProfile() Spec {
	return Spec{AllowDrop: []Protection{ProtectionCgroup}}
}
