package spec

// buildProfile is for compilers, linkers, test suites and debuggers: many
// processes, much memory, large temporary files, ptrace among its own processes, no time limit.
func buildProfile() Spec {
	return Spec{
		Seccomp: Seccomp{Policy: "build"},
		Limits: Limits{
			Memory:    8 * GiB,
			Pids:      4096,
			Wall:      Unlimited,
			Tmp:       4 * GiB,
			TmpInodes: 1 << 20,
			OpenFiles: 4096,
		},
		AllowDrop: []Protection{ProtectionCgroup},
	}
}
