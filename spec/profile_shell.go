package spec

// shellProfile is for a person at a terminal who does anything: the limits of
// build, and a terminal of its own.
func shellProfile() Spec {
	s := buildProfile()
	s.Seccomp.Policy = "shell"
	s.Terminal = true
	return s
}
