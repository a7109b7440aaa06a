package spec

// agentProfile is for a program that writes code on somebody's behalf.
func agentProfile() Spec {
	s := buildProfile()
	s.Seccomp.Policy = "agent"
	return s
}
